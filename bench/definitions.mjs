import { parseDefinition } from '../dist/src/domain/definition/parse.js';
import { mapAtMost } from '../dist/src/services/plan/at-most.js';
import { workflowArguments } from '../dist/src/services/schedules/schedule-proto.js';
import { seconds } from './support.mjs';

/** Schedules like those that people have: a cron, two steps, a description. They fire once a year, so that none does meanwhile. */
export function definitionsOf(prefix, count) {
  return Array.from({ length: count }, (_, index) =>
    parseDefinition({
      id: `${prefix}-${index}`,
      description: `Clean the orders of shop ${index} and have the warehouse load them`,
      tags: ['orders'],
      spec: { cron: [`${index % 60} 2 1 6 *`], timezone: 'Europe/Berlin' },
      action: {
        steps: [
          {
            id: 'clean',
            uses: 's3.transform',
            with: {
              source: { bucket: 'orders-raw', prefix: `{% 'shop-${index}/' & $run.date & '/' %}` },
              target: { bucket: 'orders-clean', prefix: '{% $run.date & "/" %}' },
            },
          },
          { id: 'load', uses: 'http.callback', with: { url: 'https://warehouse.example.com/loads' }, timeout: '6h' },
        ],
      },
    }),
  );
}

/** Creates so many schedules by the SDK's own call for each, so many at once; gives how many that were a second. */
export async function createdBySdk(client, { taskQueue, concurrency }, name, count) {
  const definitions = definitionsOf(`sdk-${name}`, count);
  const begin = performance.now();
  await mapAtMost(concurrency, definitions, ({ id, spec, ...definition }) =>
    client.schedule.create({
      scheduleId: id,
      spec: { cronExpressions: spec.cron, timezone: spec.timezone },
      policies: { overlap: 'SKIP', catchupWindow: '10m' },
      action: {
        type: 'startWorkflow',
        workflowId: id,
        workflowType: 'pipeline',
        taskQueue,
        args: workflowArguments({ id, spec, ...definition }),
        memo: { definition: { id, spec, ...definition } },
      },
    }),
  );
  return count / seconds(begin);
}
