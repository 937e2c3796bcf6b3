import {
  Client,
  Connection,
  type ConnectionLike,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  type GrpcRetryOptions,
  makeGrpcRetryInterceptor,
} from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';

export interface TemporalSettings {
  connection: ConnectionOptions;
  namespace: string;
}

/** A client whose connection is made on first use, so that an API starts while Temporal is down. */
export function createTemporalClient(settings: TemporalSettings, dataConverter: DataConverter = {}): Client {
  return clientOver(Connection.lazy(settings.connection), settings.namespace, dataConverter);
}

export function clientOver(connection: ConnectionLike, namespace: string, dataConverter: DataConverter): Client {
  return new Client({ connection, namespace, dataConverter, identity: 'almanac' });
}

/**
 * The same for callers that can wait themselves: when the server is over its limit they learn it at once. The SDK would try again
 * for longer than an answer to a callback may take, and each try counts against the limit.
 */
export function createImpatientClient(settings: TemporalSettings, dataConverter: DataConverter = {}): Client {
  const { connection, namespace } = settings;
  return createTemporalClient({ namespace, connection: impatient(connection) }, dataConverter);
}

/** Options by which a throttled server's answer comes at once. */
export function impatient(connection: ConnectionOptions): ConnectionOptions {
  const retries = defaultGrpcRetryOptions();
  const retryableDecider: GrpcRetryOptions['retryableDecider'] = (attempt, status) =>
    status.code !== resourceExhausted && retries.retryableDecider(attempt, status);
  return { ...connection, interceptors: [makeGrpcRetryInterceptor({ ...retries, retryableDecider })] };
}

/** https://grpc.io/docs/guides/status-codes/ */
const resourceExhausted = 8;
