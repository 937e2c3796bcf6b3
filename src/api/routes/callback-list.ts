import { createRoute, z } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { listOf, pendingCallbackView } from '../../domain/views.js';
import type { CallbackService } from '../../services/callbacks/service.js';
import { documented } from '../define-route.js';
import { type ApiEnv, type ApiRouter, newRouter } from '../router.js';

const query = z.object({
  pageSize: z.coerce.number().int().min(1).max(200).default(50),
  pageToken: z.string().min(1).optional(),
});

/** `GET /v1/callbacks`: for callers with an API key; `middleware` sees to that. */
export function callbackListRoutes(
  service: Pick<CallbackService, 'pending'>,
  middleware: MiddlewareHandler<ApiEnv>[] = [],
): ApiRouter {
  const contract = documented(
    { role: 'viewer' },
    {
      method: 'get',
      path: '/v1/callbacks',
      tags: ['callbacks'],
      summary: 'Pending callbacks across runs',
      description: 'Pages follow the waiting runs: a page may hold more or fewer items than pageSize.',
      request: { query },
      responses: {
        200: {
          description: 'Pending callbacks',
          content: { 'application/json': { schema: listOf(pendingCallbackView) } },
        },
      },
    },
  );
  const route = createRoute({ ...contract, middleware });
  const router = newRouter();
  router.openapi(route, async (c) => c.json(await service.pending(c.req.valid('query')), 200));
  return router;
}
