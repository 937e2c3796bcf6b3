import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import {
  type ClusterService,
  namespaceEnvironment,
  schemaEnvironment,
  serverEnvironment,
  services,
} from '../../../cdk/constructs/temporal/environment.js';
import { freePort } from '../../../scripts/setup/free-port.mjs';
import { createAuthority, issueCertificate, type KeyAndCertificate } from '../../../src/deploy/cluster/certificates.js';
import { searchAttributes } from '../../../src/domain/temporal-names.js';
import type { Postgres } from './postgres.js';

const run = promisify(execFile);
/** What the stack ships in its containers. */
const shipped = path.resolve(import.meta.dirname, '../../../deploy/temporal');
/** In the cluster this is a name of its Cloud Map namespace. */
export const tlsName = 'frontend.almanac.internal';

export interface ClusterOptions {
  home: string;
  /** Folders of temporal-server, temporal-sql-tool and temporal: the images have them on PATH. */
  programs: readonly string[];
  postgres: Postgres;
}

/** A cluster as AlmanacTemporal deploys it: the same scripts, templates and variables, with addresses of this machine. */
export class Cluster {
  readonly authority: KeyAndCertificate = createAuthority('Almanac Temporal');
  readonly certificate = issueCertificate(this.authority, [tlsName]);
  readonly ports: Readonly<Record<ClusterService, number>>;
  readonly #options: ClusterOptions;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #running = new Map<ClusterService, ChildProcess>();

  static async create(options: ClusterOptions): Promise<Cluster> {
    const ports: [ClusterService, number, number][] = [];
    for (const service of services) ports.push([service, await freePort(), await freePort()]);
    return new Cluster(options, ports);
  }

  private constructor(options: ClusterOptions, ports: [ClusterService, number, number][]) {
    this.#options = options;
    const { home, programs, postgres } = options;
    this.ports = Object.fromEntries(ports.map(([service, port]) => [service, port])) as typeof this.ports;
    const databaseCa = path.join(home, 'database-ca.pem');
    writeFileSync(databaseCa, postgres.ca);
    mkdirSync(path.join(home, 'logs'));
    this.#environment = {
      // Nothing of this process's own environment: what is missing here would be missing in a container.
      PATH: [...programs, '/usr/local/bin', '/usr/bin', '/bin'].join(path.delimiter),
      HOME: home,
      DATABASE_CA_FILE: databaseCa,
      DATABASE_USER: postgres.user,
      DATABASE_PASSWORD: postgres.password,
      TLS_CERT: this.certificate.certificate,
      TLS_KEY: this.certificate.key,
      TLS_CA: this.authority.certificate,
      // Four tasks have an address each; here they share one and differ by port.
      BIND_IP: '127.0.0.1',
      BROADCAST_IP: '127.0.0.1',
      ...Object.fromEntries(
        ports.flatMap(([service, port, membership]) => [
          [`${service.toUpperCase()}_PORT`, String(port)],
          [`${service.toUpperCase()}_MEMBERSHIP_PORT`, String(membership)],
        ]),
      ),
    };
  }

  get address(): string {
    return `127.0.0.1:${this.ports.frontend}`;
  }

  /** How every Temporal tool finds the cluster: `TEMPORAL_*`. */
  get clientEnvironment(): Record<string, string> {
    return {
      TEMPORAL_ADDRESS: this.address,
      TEMPORAL_NAMESPACE: 'almanac',
      TEMPORAL_TLS: 'true',
      TEMPORAL_TLS_SERVER_NAME: tlsName,
      TEMPORAL_TLS_SERVER_CA_CERT_DATA: this.authority.certificate,
    };
  }

  /** The one-off task before the services. @returns what it wrote */
  schema(): Promise<string> {
    return this.#script('schema.sh', schemaEnvironment(this.#values));
  }

  /** The one-off task after the services. @returns what it wrote */
  namespace(retention: number): Promise<string> {
    const values = namespaceEnvironment({ namespace: 'almanac', retention, searchAttributes });
    return this.#script('namespace.sh', { ...this.clientEnvironment, ...values });
  }

  start(service: ClusterService): void {
    const log = openSync(this.logOf(service), 'a');
    const child = spawn('sh', [path.join(shipped, 'start.sh')], {
      stdio: ['ignore', log, log],
      cwd: this.#options.home,
      env: { ...this.#environment, ...serverEnvironment({ ...this.#values, service }) },
    });
    this.#running.set(service, child);
  }

  logOf(service: ClusterService): string {
    return path.join(this.#options.home, 'logs', `${service}.log`);
  }

  isRunning(service: ClusterService): boolean {
    const child = this.#running.get(service);
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** start.sh replaces itself by the server: the signal reaches the server alone. @returns exit code, or the signal */
  async end(service: ClusterService, signal: NodeJS.Signals): Promise<number | NodeJS.Signals | null> {
    const child = this.#running.get(service);
    if (child === undefined) return null;
    if (child.exitCode === null && child.signalCode === null) {
      const gone = once(child, 'exit');
      child.kill(signal);
      await gone;
    }
    return child.exitCode ?? child.signalCode;
  }

  async stop(): Promise<void> {
    await Promise.all(services.map((service) => this.end(service, 'SIGKILL')));
  }

  get #values() {
    const { host, port } = this.#options.postgres;
    return { database: { host, port: String(port) }, tlsName, region: 'us-east-1', logLevel: 'info' };
  }

  async #script(name: string, env: Record<string, string>): Promise<string> {
    const options = { cwd: this.#options.home, env: { ...this.#environment, ...env }, timeout: 300_000 };
    const { stdout, stderr } = await run('sh', [path.join(shipped, name)], options);
    return `${stdout}${stderr}`;
  }
}
