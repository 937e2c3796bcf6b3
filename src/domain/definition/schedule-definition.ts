import { z } from 'zod';
import { duration } from '../duration.js';
import { externalWorkflow } from './external-workflow.js';
import { policies } from './policies.js';
import { scheduleSpec } from './spec.js';
import { step } from './step.js';

export const scheduleId = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9._-]{0,98}[a-z0-9])?$/,
    'lower-case letters, digits, ".", "_" and "-", at most 100, as the file is named',
  )
  .brand<'ScheduleId'>();
export type ScheduleId = z.output<typeof scheduleId>;

const searchAttributeValue = z.union([z.string(), z.number(), z.boolean(), z.array(z.string())]);

const actionFields = {
  input: z.json().optional(),
  taskQueue: z.string().min(1).max(200).optional().describe('Task queue of the workers (default almanac)'),
  runTimeout: duration({ min: '1s', max: '365d' }).optional().describe('Longest time of a run'),
  memo: z.record(z.string().min(1), z.json()).optional().describe('Kept with each run, not searchable'),
  searchAttributes: z
    .record(z.string().min(1), searchAttributeValue)
    .optional()
    .describe('Search attributes of each run; they must exist in the namespace'),
};

export const stepsAction = z
  .strictObject({
    ...actionFields,
    steps: z.array(step).min(1, 'at least one step').max(200).describe('Run one after the other'),
    onFailure: z.array(step).min(1).max(50).optional().describe('Run when a step failed; they may read $error'),
    input: actionFields.input.describe('Default of $input; a trigger may bring another'),
  })
  .describe('Steps that the built-in pipeline workflow runs');

export const workflowAction = z
  .strictObject({
    ...actionFields,
    workflow: z.string().min(1).describe('Name of a registered workflow'),
    input: actionFields.input.describe('Input of the workflow, checked against its schema'),
    external: externalWorkflow.optional(),
  })
  .describe('A workflow written in TypeScript and registered with an input schema');

export const action = z
  .union([stepsAction, workflowAction])
  .describe('What each fire does: steps, or a registered workflow');

export const scheduleDefinition = z
  .strictObject({
    $schema: z.string().optional().describe('Where editors find the JSON Schema'),
    id: scheduleId.describe('Id of the schedule; equals the base name of the file'),
    description: z.string().max(1000).optional().describe('What the schedule is for'),
    tags: z.array(z.string().min(1).max(64)).max(20).optional().describe('Words to filter by'),
    spec: scheduleSpec,
    policies: policies.optional(),
    paused: z.boolean().optional().describe('Created paused (default false); a later pause by hand is kept'),
    action,
  })
  .describe('A schedule of Almanac');

/** A parsed and checked schedule file. Only `parseDefinition` and its kin make one. */
export type ScheduleDefinition = z.output<typeof scheduleDefinition>;
export type Action = ScheduleDefinition['action'];
export type StepsAction = z.output<typeof stepsAction>;
export type WorkflowAction = z.output<typeof workflowAction>;

export function isStepsAction(candidate: Action): candidate is StepsAction {
  return 'steps' in candidate;
}
