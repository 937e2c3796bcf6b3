import { Client, Connection, type ConnectionOptions } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';

export interface TemporalSettings {
  connection: ConnectionOptions;
  namespace: string;
}

/** A client whose connection is made on first use, so that an API starts while Temporal is down. */
export function createTemporalClient(settings: TemporalSettings, dataConverter: DataConverter = {}): Client {
  return new Client({
    connection: Connection.lazy(settings.connection),
    namespace: settings.namespace,
    dataConverter,
    identity: 'almanac',
  });
}
