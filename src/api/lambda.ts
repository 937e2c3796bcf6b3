import { handle } from 'hono/aws-lambda';
import { pino } from 'pino';
import { createDataConverter } from '../clients/payload-storage.js';
import { createS3Client } from '../clients/s3.js';
import { createTemporalClient } from '../clients/temporal.js';
import { loadApiConfig } from '../config.js';
import { buildApp } from './build-app.js';

/** The same app behind API Gateway. Built on the first call: a cold start pays for what it uses, and clients connect lazily. */
type Handler = ReturnType<typeof handle>;

let app: Handler | undefined;

export const handler: Handler = (event, context) => {
  app ??= build();
  return app(event, context);
};

function build(): Handler {
  const config = loadApiConfig();
  const log = pino({
    level: config.logLevel,
    base: { service: 'almanac-api' },
    timestamp: pino.stdTimeFunctions.isoTime,
  });
  const s3 = config.payloadBucket === undefined ? undefined : createS3Client(config.aws);
  const client = createTemporalClient(config.temporal, createDataConverter(s3, config.payloadBucket));
  return handle(buildApp({ ...config, client, log }));
}
