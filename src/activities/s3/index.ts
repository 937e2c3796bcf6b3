import type { StepActivities } from '../../domain/steps/registry.js';
import { type SweepActivities, sweepActivity } from '../../domain/steps/s3-sweep.js';
import type { ActivityDependencies } from '../dependencies.js';
import { createCopy } from './copy.js';
import { createInspect } from './inspect.js';
import { createSweep } from './sweep.js';
import { createTransform } from './transform.js';

/** The activities of the S3 steps over an injected client. */
export function createS3Activities({
  s3,
}: Pick<ActivityDependencies, 's3'>): Pick<StepActivities, 's3.copy' | 's3.transform' | 's3.inspect'> &
  SweepActivities {
  return {
    's3.copy': createCopy(s3),
    's3.transform': createTransform(s3),
    's3.inspect': createInspect(s3),
    [sweepActivity]: createSweep(s3),
  };
}
