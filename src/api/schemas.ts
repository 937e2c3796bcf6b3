import { z } from '@hono/zod-openapi';
import { overlapPolicy } from '../domain/definition/policies.js';
import {
  fireTimesView,
  healthView,
  listOf,
  runStatus,
  runSummaryView,
  runView,
  scheduleSummaryView,
  scheduleView,
} from '../domain/views.js';

/** What requests and answers are made of. `meta` names the components of the OpenAPI document. */

export const problemSchema = z
  .object({
    type: z.string().describe('urn:almanac:error:<code>'),
    title: z.string(),
    status: z.int(),
    code: z.string().describe('Stable name of the kind of error, such as not-found'),
    detail: z.string().describe('What is wrong, for people'),
    errors: z.array(z.object({ path: z.string(), message: z.string(), value: z.unknown().optional() })),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem' });

export const schemas = {
  schedule: scheduleView.meta({ id: 'Schedule' }),
  scheduleList: listOf(scheduleSummaryView.meta({ id: 'ScheduleSummary' })).meta({ id: 'ScheduleList' }),
  run: runView.meta({ id: 'Run' }),
  runList: listOf(runSummaryView.meta({ id: 'RunSummary' })).meta({ id: 'RunList' }),
  fireTimes: fireTimesView.meta({ id: 'FireTimes' }),
  health: healthView.meta({ id: 'Health' }),
  runReference: z.object({ workflowId: z.string(), runId: z.string() }).meta({ id: 'RunReference' }),
  buffered: z
    .object({ buffered: z.literal(true) })
    .meta({ id: 'Buffered', description: 'The run starts when the one before it has ended' }),
};

/** A schedule definition is parsed by the domain, which reports every fault at once; the document has its JSON Schema. */
export const definitionBody = z.unknown().openapi('ScheduleDefinition');

const instant = z.iso.datetime({ offset: true });

export const page = z.object({
  pageSize: z.coerce.number().int().min(1).max(200).default(50).describe('At most so many entries'),
  pageToken: z.string().min(1).optional().describe('nextPageToken of the page before'),
});

export const scheduleListQuery = page.extend({
  text: z.string().optional().describe('Part of the id, the description, a tag or the note'),
  tag: z.string().min(1).optional(),
  paused: z
    .enum(['true', 'false'])
    .transform((text) => text === 'true')
    .optional(),
  owner: z.string().min(1).optional(),
});

export const runListQuery = page.extend({
  status: runStatus.optional(),
  backfillId: z.string().min(1).max(1000).optional().describe('Only runs that this backfill started'),
});

export const scheduleIdParam = z.object({ id: z.string().min(1).max(200).describe('Id of the schedule') });
export const workflowIdParam = z.object({ workflowId: z.string().min(1).max(1000).describe('Workflow id of the run') });
export const runIdQuery = z.object({
  runId: z.uuid().optional().describe('Run id; left out, the latest run of the workflow id'),
});

export const noteBody = z.strictObject({ note: z.string().max(1000).optional() }).meta({ id: 'Note' });
export const reasonBody = z.strictObject({ reason: z.string().max(1000).optional() }).meta({ id: 'Reason' });

export const triggerBody = z
  .strictObject({
    overlap: overlapPolicy.optional().describe('What a run that is still going means for this one (default allowAll)'),
    input: z.unknown().optional().describe('Replaces the input of the action'),
    scheduledTime: instant.optional().describe('Nominal time of the run (default now)'),
  })
  .meta({ id: 'Trigger' });

/** Fire times asked for in one answer. */
const fireTimeLimit = z.coerce.number().int().min(1).max(10_000).default(1_000);

export const fireTimesQuery = z.object({
  start: instant.optional().describe('Exclusive; left out, now'),
  end: instant.optional().describe('Inclusive; left out, a year after start'),
  limit: fireTimeLimit,
});

export const fireTimesBody = z
  .strictObject({
    definition: z.unknown().openapi({ description: 'A schedule definition', type: 'object' }),
    start: instant.describe('Exclusive'),
    end: instant.describe('Inclusive'),
    limit: fireTimeLimit,
  })
  .meta({ id: 'FireTimesOfDefinition' });

const etagHeaders = z.object({
  'if-match': z.string().optional().describe('ETag of the state that the change is meant for'),
});
export const ifMatch = etagHeaders;
export const putConditions = etagHeaders.extend({
  'if-none-match': z.literal('*').optional().describe('* creates and never replaces'),
});
export const idempotencyHeader = z.object({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('The same key again gives the same run and starts nothing'),
});
