import { buildApp } from './build-app.js';
import { lambdaHandler, thawingClient } from './entry-lambda.js';
import { openApiKeys, openCallbackKeys, openTemporalAccess } from './entry-secrets.js';

/** API Gateway gives up on an answer after 30 s; a change that was begun may take some more. */
const applyTimeoutMs = 20_000;

/** Everything that needs credentials, `/health`, the contract and the console; the links of callbacks are the other Lambda's. */
export const handler = lambdaHandler(async (config, log) => {
  const [apiKeys, callbackKeys, temporal] = await Promise.all([
    openApiKeys(config, log),
    openCallbackKeys(config, log),
    openTemporalAccess(config, log),
  ]);
  const { client, connection } = thawingClient(config, temporal.connection);
  const app = buildApp({ ...config, apiKeys, callbackKeys, client, log, applyTimeoutMs, answersLinks: false });
  return { app, connection, temporal };
});
