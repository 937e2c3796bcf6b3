import { createRoute } from '@hono/zod-openapi';
import type { HealthService } from '../../services/health/health-service.js';
import { json } from '../define-route.js';
import { type ApiRouter, newRouter } from '../router.js';
import { schemas } from '../schemas.js';
import { answerHealth } from './health-answer.js';

const health = createRoute({
  method: 'get',
  path: '/health',
  tags: ['platform'],
  summary: 'State of the platform and its parts',
  responses: {
    200: json(schemas.health, 'ok, or degraded: schedules can be read and changed, runs may have to wait'),
    503: json(schemas.health, 'down: Temporal does not answer'),
  },
});

export function healthRoutes(service: HealthService): ApiRouter {
  const router = newRouter();
  router.openapi(health, (c) => answerHealth(c, service));
  return router;
}
