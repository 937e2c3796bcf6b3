import { z } from 'zod';
import { failedObjects, objectKey, sourceObjects, targetPrefix, tolerance } from './s3-object.js';
import { defineStep } from './step-kind.js';

const count = z.int().nonnegative();

export const s3Copy = defineStep({
  uses: 's3.copy',
  description: 'Copies or moves objects to another bucket or prefix',
  execution: 'activity',
  with: (e) =>
    z.strictObject({
      source: sourceObjects(e),
      target: targetPrefix(e),
      move: e(z.boolean()).optional().describe('Delete each source object once its copy is verified (default false)'),
      manifest: e(objectKey).optional().describe('Key in the target bucket for a list of what was copied (NDJSON)'),
      tolerate: tolerance(e).optional(),
    }),
  output: z.object({
    objects: count.describe('Objects copied'),
    bytes: count.describe('Bytes copied'),
    skipped: count.describe('Objects that were there already, the same'),
    manifest: z.string().optional(),
    failed: failedObjects.optional(),
  }),
  defaults: { timeout: '12h', heartbeat: '30s', maximumAttempts: 10 },
});
