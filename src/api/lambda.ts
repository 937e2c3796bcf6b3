import { handle } from 'hono/aws-lambda';
import { openKeyring } from '../clients/keyring.js';
import { createDataConverter } from '../clients/payload-storage.js';
import { createS3Client } from '../clients/s3.js';
import { createImpatientClient, createTemporalClient } from '../clients/temporal.js';
import { loadApiConfig } from '../config.js';
import { buildApp } from './build-app.js';
import { createJsonLog } from './json-log.js';

/** The same app behind API Gateway. Built on the first call: a cold start pays for what it uses, and clients connect lazily. */
type Handler = ReturnType<typeof handle>;

let app: Promise<Handler> | undefined;

export const handler: Handler = async (event, context) => {
  app ??= build();
  try {
    return await (await app)(event, context);
  } catch (error) {
    // A set-up that failed, as when the secret could not be read, is tried again by the next call.
    app = undefined;
    throw error;
  }
};

/** API Gateway gives up on an answer after 30 s; a change that was begun may take some more. */
const applyTimeoutMs = 20_000;

async function build(): Promise<Handler> {
  const config = loadApiConfig();
  const log = createJsonLog(config.logLevel);
  const callbackKeys = await openKeyring(config.callbackKeys, config.aws, (error) =>
    log.error({ err: error }, 'the keyring of callback tokens cannot be read again: the last one stays in use'),
  );
  const s3 = config.payloadBucket === undefined ? undefined : createS3Client(config.aws);
  const dataConverter = createDataConverter(s3, config.payloadBucket);
  const client = createTemporalClient(config.temporal, dataConverter);
  const callbackClient = createImpatientClient(config.temporal, dataConverter);
  return handle(buildApp({ ...config, callbackKeys, client, callbackClient, log, applyTimeoutMs }));
}
