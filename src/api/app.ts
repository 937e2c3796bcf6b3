import type { MiddlewareHandler } from 'hono';
import type { BackfillService } from '../services/backfills/backfill-service.js';
import type { LinkIssuer } from '../services/callbacks/issue-links.js';
import type { CallbackService } from '../services/callbacks/service.js';
import type { ExportService } from '../services/export/export-service.js';
import type { HealthService } from '../services/health/health-service.js';
import type { PlanService } from '../services/plan/plan-service.js';
import type { RunService } from '../services/runs/run-service.js';
import type { ScheduleService } from '../services/schedules/schedule-service.js';
import type { SlotService } from '../services/slots/slot-service.js';
import { accessLog } from './access-log.js';
import { type AuthOptions, authenticate, requireRole } from './auth/authenticate.js';
import { jsonBody } from './json-body.js';
import type { ApiLog } from './log.js';
import { notFoundOrNotAllowed } from './method-not-allowed.js';
import { openApiDocument } from './openapi.js';
import { type ApiEnv, type ApiRouter, newRouter } from './router.js';
import { backfillRoutes } from './routes/backfills.js';
import { describeCallbackRoutes } from './routes/callback-contract.js';
import { callbackLinkRoutes } from './routes/callback-links.js';
import { callbackListRoutes } from './routes/callback-list.js';
import { callbackRoutes } from './routes/callbacks.js';
import { exportRoutes } from './routes/export.js';
import { fireTimeRoutes } from './routes/fire-times.js';
import { healthRoutes } from './routes/health.js';
import { homeRoutes } from './routes/home.js';
import { localMailRoutes } from './routes/local-mail.js';
import { planRoutes } from './routes/plan.js';
import { runRoutes } from './routes/runs.js';
import { scheduleActionRoutes } from './routes/schedule-actions.js';
import { scheduleRoutes } from './routes/schedules.js';
import { slotRoutes } from './routes/slots.js';

export interface AppDependencies {
  schedules: ScheduleService;
  plans: PlanService;
  exports: ExportService;
  slots: SlotService;
  backfills: BackfillService;
  runs: RunService;
  callbacks: CallbackService;
  /** Whether the links of callbacks are answered here; left out, they are. The contract names them either way. */
  answersLinks?: boolean | undefined;
  callbackLinks: LinkIssuer;
  health: HealthService;
  auth: AuthOptions;
  log: ApiLog;
  /** Milliseconds after which an apply begins no further change. */
  applyTimeoutMs?: number | undefined;
  /** Base address of the local platform's mail sink. */
  localMailUrl?: string | undefined;
}

/** The one Hono app, behind Node's HTTP server and behind Lambda alike. */
export function createApp(deps: AppDependencies): ApiRouter {
  const app = newRouter();
  app.use(accessLog(deps.log));
  // In front of what the other routes need: a callback's handler answers, and nothing below is run for it.
  if (deps.answersLinks ?? true) app.route('/', callbackRoutes(deps.callbacks));
  describeCallbackRoutes(app.openAPIRegistry);
  app.use('/v1/*', outsideCallbacks(authenticate(deps.auth)), outsideCallbacks(noStore), outsideCallbacks(jsonBody));
  app.use('/local/*', authenticate(deps.auth), noStore);
  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key, or a JWT of the configured issuer',
  });
  app.route('/', healthRoutes(deps.health));
  app.route('/', scheduleRoutes(deps.schedules));
  app.route('/', scheduleActionRoutes(deps.schedules));
  app.route('/', fireTimeRoutes(deps.schedules));
  app.route('/', planRoutes(deps.plans, deps));
  app.route('/', exportRoutes(deps.exports));
  app.route('/', slotRoutes(deps.slots));
  app.route('/', backfillRoutes(deps.backfills));
  app.route('/', runRoutes(deps.runs));
  app.route('/', callbackLinkRoutes(deps.callbackLinks));
  app.route('/', callbackListRoutes(deps.callbacks, [requireRole('viewer')]));
  app.route('/', homeRoutes());
  if (deps.localMailUrl !== undefined) app.route('/', localMailRoutes(deps.localMailUrl));
  let document: object | undefined;
  app.get('/openapi.json', (c) => {
    document ??= openApiDocument(app);
    return c.json(document);
  });
  app.notFound(notFoundOrNotAllowed(app.routes));
  return app;
}

/** Callback links carry their own right and have their own limits; the list of them does not. */
function outsideCallbacks(middleware: MiddlewareHandler<ApiEnv>): MiddlewareHandler<ApiEnv> {
  return (c, next) => (c.req.path.startsWith('/v1/callbacks/') ? next() : middleware(c, next));
}

const noStore: MiddlewareHandler<ApiEnv> = async (c, next) => {
  await next();
  c.header('cache-control', 'no-store');
  c.header('x-content-type-options', 'nosniff');
};
