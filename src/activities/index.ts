import type { WorkerActivities } from '../domain/steps/registry.js';
import { createBackfillActivities } from './backfill/index.js';
import { createCallbackActivities } from './callback/index.js';
import type { ActivityDependencies } from './dependencies.js';
import { createEmailActivities } from './email/index.js';
import { createHttpActivities } from './http/index.js';
import { createS3Activities } from './s3/index.js';

/** Every activity of the worker over its clients; their names are the step kinds. */
export function createActivities(deps: ActivityDependencies): WorkerActivities {
  return {
    ...createS3Activities(deps),
    ...createHttpActivities(deps),
    ...createCallbackActivities(deps),
    ...createEmailActivities(deps),
    ...createBackfillActivities(deps),
  };
}
