/** The variables that deploy/temporal/ reads, as the stack and the cluster test set them. */

export const services = ['frontend', 'history', 'matching', 'worker'] as const;
export type ClusterService = (typeof services)[number];

export interface DatabaseAddress {
  host: string;
  port: string;
}

export interface ServerValues {
  service: ClusterService;
  database: DatabaseAddress;
  /** Name in the certificate of the cluster. */
  tlsName: string;
  region: string;
  logLevel: string;
  openSearchHost?: string | undefined;
}

/** What start.sh and server.yaml read, but for secrets. */
export function serverEnvironment(values: ServerValues): Record<string, string> {
  return {
    SERVICE: values.service,
    ...databaseEnvironment(values.database),
    TLS_NAME: values.tlsName,
    LOG_LEVEL: values.logLevel,
    ...openSearchEnvironment(values),
  };
}

/** What schema.sh reads, but for secrets. */
export function schemaEnvironment(
  values: Pick<ServerValues, 'database' | 'region' | 'openSearchHost'>,
): Record<string, string> {
  return { ...databaseEnvironment(values.database), ...openSearchEnvironment(values) };
}

export interface NamespaceValues {
  namespace: string;
  /** Days for which ended runs are kept. */
  retention: number;
  /** Types by name. */
  searchAttributes: Readonly<Record<string, string>>;
}

/** What namespace.sh reads beside the `TEMPORAL_*` variables. */
export function namespaceEnvironment({ namespace, retention, searchAttributes }: NamespaceValues) {
  return {
    NAMESPACE: namespace,
    RETENTION: `${retention * 24}h`,
    SEARCH_ATTRIBUTES: Object.entries(searchAttributes)
      .map(([name, type]) => `${name}=${type}`)
      .join(' '),
  };
}

/** Injected by ECS: user and password of the database, and the certificate by which the servers know each other. */
export const serverSecrets = ['DATABASE_USER', 'DATABASE_PASSWORD', 'TLS_CERT', 'TLS_KEY', 'TLS_CA'] as const;

function databaseEnvironment({ host, port }: DatabaseAddress): Record<string, string> {
  return { DATABASE_HOST: host, DATABASE_PORT: port };
}

function openSearchEnvironment({ openSearchHost, region }: Pick<ServerValues, 'openSearchHost' | 'region'>) {
  const variables: Record<string, string> = openSearchHost === undefined ? {} : { OPENSEARCH_HOST: openSearchHost };
  return { ...variables, AWS_REGION: region };
}
