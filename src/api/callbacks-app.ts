import { Hono } from 'hono';
import type { LinkService } from '../services/callbacks/link-service.js';
import type { HealthService } from '../services/health/health-service.js';
import { accessLog } from './access-log.js';
import type { ApiLog } from './log.js';
import { notFoundOrNotAllowed } from './method-not-allowed.js';
import type { ApiEnv } from './router.js';
import { callbackRoutes } from './routes/callbacks.js';
import { answerHealth } from './routes/health-answer.js';

export interface CallbacksAppDependencies {
  links: LinkService;
  health: HealthService;
  log: ApiLog;
}

/** The external side of callbacks alone, as a process of its own: no schemas, no definitions, no API keys. */
export function createCallbacksApp({ links, health, log }: CallbacksAppDependencies): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>();
  app.use(accessLog(log));
  app.route('/', callbackRoutes(links));
  app.get('/health', (c) => answerHealth(c, health));
  app.notFound(notFoundOrNotAllowed(app.routes));
  return app;
}
