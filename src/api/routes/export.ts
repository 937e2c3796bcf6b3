import { exportView } from '../../domain/export/export-view.js';
import type { ExportService } from '../../services/export/export-service.js';
import { defineRoute, json } from '../define-route.js';
import { type ApiRouter, newRouter } from '../router.js';
import { scheduleIdParam } from '../schemas.js';

const exported = exportView.meta({ id: 'ExportedSchedule' });

const ofSchedule = defineRoute(
  { role: 'viewer', problems: [404] },
  {
    method: 'get',
    path: '/v1/schedules/{id}/export',
    tags: ['schedules'],
    summary: 'A live schedule as a definition, whoever made it',
    description:
      'A schedule of Almanac that is still what was applied comes back as it was written; any other is made from what is live, and planned again changes nothing. `gaps` lists what a definition cannot say.',
    request: { params: scheduleIdParam },
    responses: { 200: json(exported, 'The definition and what it leaves out') },
  },
);

export function exportRoutes(service: ExportService): ApiRouter {
  const router = newRouter();
  router.openapi(ofSchedule, async (c) => c.json(await service.export(c.req.valid('param').id), 200));
  return router;
}
