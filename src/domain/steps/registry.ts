import type { z } from 'zod';
import type { BackfillActivities } from '../backfill/activities.js';
import type { NoticeActivities } from '../callback/notice.js';
import { callbackWait } from './callback-wait.js';
import { emailSend } from './email-send.js';
import { httpCallback } from './http-callback.js';
import { httpRequest } from './http-request.js';
import { s3Copy } from './s3-copy.js';
import { s3Inspect } from './s3-inspect.js';
import type { SweepActivities } from './s3-sweep.js';
import { s3Transform } from './s3-transform.js';
import { wait } from './wait.js';
import { childWorkflow } from './workflow.js';

/** Every step kind by its name in `uses`. A new kind is one file beside this one, one line here and one activity. */
export const stepKinds = {
  wait,
  'http.request': httpRequest,
  'http.callback': httpCallback,
  'callback.wait': callbackWait,
  'email.send': emailSend,
  's3.copy': s3Copy,
  's3.transform': s3Transform,
  's3.inspect': s3Inspect,
  workflow: childWorkflow,
} as const;

export type StepUses = keyof typeof stepKinds;

/** `with` of a step kind after its expressions were evaluated. */
export type StepWith<U extends StepUses> = z.output<(typeof stepKinds)[U]['resolved']>;
/** Output of a step kind. */
export type StepOutput<U extends StepUses> = z.output<(typeof stepKinds)[U]['output']>;

/** Kinds that are carried out by an activity of the same name. */
export type ActivityUses = Exclude<StepUses, 'wait' | 'workflow'>;

/** What the pipeline hands to the activity of a step. Workflow, run and activity ids come from Temporal's activity context. */
export interface StepCall<U extends ActivityUses = ActivityUses> {
  scheduleId: string;
  stepId: string;
  /** Nominal time of the run, ISO 8601 UTC. */
  scheduledTime: string;
  with: StepWith<U>;
}

/**
 * The seam between workflows and activities: a workflow knows only this type, `createActivities` implements it.
 * Activity type names are the names in `uses`, so Temporal's own UI shows them.
 */
export type StepActivities = { [U in ActivityUses]: (call: StepCall<U>) => Promise<StepOutput<U>> };

/** Every activity of the worker: those of the steps, and the platform's own. */
export type WorkerActivities = StepActivities & NoticeActivities & SweepActivities & BackfillActivities;

/** Progress that activities heartbeat and runs show. */
export interface Progress {
  done: number;
  total?: number;
  unit: string;
  /** Units a second over the whole attempt. */
  rate?: number;
  /** Of a step that goes by bytes: how many objects they are. */
  objects?: { done: number; total?: number };
  message?: string;
}

export function isStepUses(name: string): name is StepUses {
  return Object.hasOwn(stepKinds, name);
}
