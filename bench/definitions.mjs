import { setTimeout as delay } from 'node:timers/promises';
import { defineSearchAttributeKey } from '@temporalio/common';
import { parseDefinition } from '../dist/src/domain/definition/parse.js';
import { mapAtMost } from '../dist/src/services/plan/at-most.js';
import { definitionDigest } from '../dist/src/services/schedules/definition-digest.js';
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

/**
 * Creates so many schedules by the SDK's own call for each, so many at once; gives how many that were a second. They are what apply makes:
 * the same spec, input, memo and, unless `bare`, search attributes.
 */
export async function createdBySdk(client, { taskQueue, concurrency, bare = false }, name, count) {
  const owner = `sdk-${name}`;
  const definitions = definitionsOf(owner, count).map((definition) => ({
    definition,
    attributes: bare ? {} : attributesOf(definition, owner),
  }));
  const begin = performance.now();
  await mapAtMost(concurrency, definitions, ({ definition, attributes }) => {
    const { id, spec } = definition;
    return client.schedule.create({
      scheduleId: id,
      spec: { cronExpressions: spec.cron, timezone: spec.timezone },
      policies: { overlap: 'SKIP', catchupWindow: '10m' },
      typedSearchAttributes: attributes.schedule,
      action: {
        type: 'startWorkflow',
        workflowId: id,
        workflowType: 'pipeline',
        taskQueue,
        args: workflowArguments(definition),
        memo: { definition },
        typedSearchAttributes: attributes.action,
      },
    });
  });
  return count / seconds(begin);
}

const keys = Object.fromEntries(
  Object.entries({ Owner: 'KEYWORD', Digest: 'KEYWORD', Tags: 'KEYWORD_LIST', ScheduleId: 'KEYWORD' }).map(
    ([name, type]) => [name, defineSearchAttributeKey(`Almanac${name}`, type)],
  ),
);

function attributesOf(definition, owner) {
  return {
    schedule: [
      { key: keys.Owner, value: owner },
      { key: keys.Digest, value: definitionDigest(definition) },
      { key: keys.Tags, value: definition.tags },
    ],
    action: [
      { key: keys.ScheduleId, value: definition.id },
      { key: keys.Owner, value: owner },
    ],
  };
}

/**
 * Waits until the server has done what creating left for later: a turn is not to pay for the one before it. Each schedule is a workflow,
 * whose first task comes some time after the answer.
 */
export async function settled(client, prefix, count) {
  const { namespace } = client.options;
  for (let index = 0; index < count; index += 10) {
    const execution = { workflowId: `temporal-sys-scheduler:${prefix}-${index}` };
    for (;;) {
      const { workflowExecutionInfo } = await client.workflowService.describeWorkflowExecution({
        namespace,
        execution,
      });
      // Started, and its first task scheduled, started and completed.
      if (Number(workflowExecutionInfo.historyLength) > 3) break;
      await delay(100);
    }
  }
  await delay(500);
}
