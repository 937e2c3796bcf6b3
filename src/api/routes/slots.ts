import { z } from '@hono/zod-openapi';
import { slotRunView, slotView } from '../../domain/slots/slot-view.js';
import { listOf } from '../../domain/views.js';
import type { SlotService } from '../../services/slots/slot-service.js';
import { defineRoute, json } from '../define-route.js';
import { type ApiRouter, newRouter } from '../router.js';
import { scheduleIdParam } from '../schemas.js';

const dayMs = 24 * 3_600_000;
const instant = z.iso.datetime({ offset: true });

const slotsQuery = z.object({
  start: instant.optional().describe('Exclusive; left out, a day before end'),
  end: instant.optional().describe('Inclusive, at most 366 days after start; left out, now'),
  limit: z.coerce.number().int().min(1).max(1_000).default(100).describe('At most so many slots'),
  pageToken: z.string().min(1).optional().describe('nextPageToken of the page before'),
});

const slot = slotView.extend({ runs: z.array(slotRunView.meta({ id: 'SlotRun' })) }).meta({ id: 'Slot' });

const ofSchedule = defineRoute(
  { role: 'viewer', problems: [404, 422] },
  {
    method: 'get',
    path: '/v1/schedules/{id}/slots',
    tags: ['schedules'],
    summary: 'Every expected fire of a schedule, what became of it and how that is known; oldest first',
    description:
      'Known from visibility, from the runs that overlap, and from the history of the scheduler itself. What none of them proves is `unknown`. A page may hold fewer slots than the limit, also none, while there is a nextPageToken.',
    request: { params: scheduleIdParam, query: slotsQuery },
    responses: { 200: json(listOf(slot).meta({ id: 'SlotList' }), 'A page of slots') },
  },
);

export function slotRoutes(service: SlotService): ApiRouter {
  const router = newRouter();
  router.openapi(ofSchedule, async (c) => {
    const { start, end, limit, pageToken } = c.req.valid('query');
    const until = end === undefined ? (start === undefined ? new Date() : dayAfter(start)) : new Date(end);
    const from = start === undefined ? new Date(until.getTime() - dayMs) : new Date(start);
    return c.json(await service.list(c.req.valid('param').id, { start: from, end: until, limit, pageToken }), 200);
  });
  return router;
}

/** With a start alone: until now, or a day on where the start is to come. */
function dayAfter(start: string): Date {
  const time = Date.parse(start);
  return new Date(time < Date.now() ? Date.now() : time + dayMs);
}
