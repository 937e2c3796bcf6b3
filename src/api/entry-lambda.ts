import type { ConnectionOptions } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { createLazyDataConverter } from '../clients/lazy-payload-storage.js';
import { clientOver } from '../clients/temporal.js';
import { ThawingConnection } from '../clients/thawing-connection.js';
import { type ApiConfig, loadApiConfig } from '../config.js';
import type { TemporalAccess } from './entry-secrets.js';
import { createJsonLog } from './json-log.js';
import type { ApiEnv } from './router.js';

export type LambdaHandler = ReturnType<typeof handle>;

/** What the two Lambdas differ in. */
export interface LambdaParts {
  app: Hono<ApiEnv>;
  connection: ThawingConnection;
  temporal: TemporalAccess;
}

export type LambdaLog = ReturnType<typeof createJsonLog>;

/**
 * A Lambda handler behind an HTTP API. Configuration and secrets are read by the first call and not at import, so that what is wrong with them
 * is an answer and a log line; a set-up that failed is tried again by the next call.
 */
export function lambdaHandler(build: (config: ApiConfig, log: LambdaLog) => Promise<LambdaParts>): LambdaHandler {
  let starting: Promise<LambdaParts & { answer: LambdaHandler }> | undefined;
  let isDoubtful = false;
  const start = async () => {
    const config = loadApiConfig();
    const parts = await build(config, createJsonLog(config.logLevel));
    return { ...parts, answer: handle(parts.app) };
  };
  return async (event, context) => {
    starting ??= start();
    const { answer, connection, temporal } = await starting.catch((error: unknown) => {
      starting = undefined;
      throw error;
    });
    await Promise.all([temporal.refresh(isDoubtful), connection.thaw()]);
    try {
      const result = await answer(event, context);
      // A key that Temporal refuses is our fault to the caller (or unavailable to the holder of a link): perhaps it was rotated.
      isDoubtful = result.statusCode === 500 || result.statusCode === 503;
      return result;
    } finally {
      connection.rest();
    }
  };
}

/** A client over a connection that survives that the process is frozen between calls. */
export function thawingClient(config: ApiConfig, options: ConnectionOptions) {
  const dataConverter: DataConverter = createLazyDataConverter(config.aws, config.payloadBucket);
  const connection = new ThawingConnection(options);
  return { connection, client: clientOver(connection, config.temporal.namespace, dataConverter) };
}
