import type { Context } from 'hono';
import type { HealthService } from '../../services/health/health-service.js';

/** 200 with the state of the parts; 503 when Temporal does not answer. */
export async function answerHealth(c: Context, service: HealthService) {
  const view = await service.check();
  return c.json(view, view.status === 'down' ? 503 : 200, { 'cache-control': 'no-store' });
}
