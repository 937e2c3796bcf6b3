import { impatient } from '../clients/temporal.js';
import { AlmanacError } from '../domain/errors.js';
import { createLinkService } from '../services/callbacks/link-service.js';
import { createHealthService } from '../services/health/health-service.js';
import { createCallbacksApp } from './callbacks-app.js';
import { lambdaHandler, thawingClient } from './entry-lambda.js';
import { openCallbackKeys, openTemporalAccess, openWebhookSecret } from './entry-secrets.js';

/** Milliseconds for Temporal: an answer is due within 8 s, and a connection that rested is looked at first. */
const budgetMs = 5_500;

/** `/v1/callbacks/{token}` and what is below it, and `/health`. */
export const handler = lambdaHandler(async (config, log) => {
  const [keys, webhookSecret, temporal] = await Promise.all([
    openCallbackKeys(config, log),
    openWebhookSecret(config, log),
    openTemporalAccess(config, log),
  ]);
  if (keys === undefined) {
    throw new AlmanacError('invalid-input', 'there are no callback keys: set ALMANAC_CALLBACK_KEYS_SECRET');
  }
  const { client, connection } = thawingClient(config, impatient(temporal.connection));
  const links = createLinkService({ client, keys, webhookSecret, budgetMs });
  const health = createHealthService({ client, taskQueue: config.taskQueue });
  return { app: createCallbacksApp({ links, health, log }), connection, temporal };
});
