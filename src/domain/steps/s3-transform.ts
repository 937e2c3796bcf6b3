import { RE2JS } from 're2js';
import { z } from 'zod';
import { failedObjects, objectKey, sourceObjects, targetKey, targetPrefix, tolerance } from './s3-object.js';
import { defineStep } from './step-kind.js';

const count = z.int().nonnegative();

/** RE2 syntax: linear time, so that no pattern can hang a worker. */
export const linePattern = z
  .string()
  .min(1)
  .superRefine((pattern, ctx) => {
    try {
      RE2JS.compile(pattern);
    } catch (error) {
      ctx.addIssue({ code: 'custom', message: `not an RE2 regular expression: ${(error as Error).message}` });
    }
  })
  .describe('Regular expression (RE2 syntax) that is searched in each line');

export const s3Transform = defineStep({
  uses: 's3.transform',
  description: 'Filters, redacts and recompresses the lines of text objects, streaming',
  execution: 'activity',
  with: (e) =>
    z
      .strictObject({
        source: sourceObjects(e),
        target: z
          .union([targetPrefix(e), targetKey(e)])
          .describe('A prefix (one to one) or a key (all into one object)'),
        keep: e(linePattern).optional().describe('Keep only lines in which this RE2 expression matches'),
        drop: e(linePattern).optional().describe('Drop lines in which this RE2 expression matches'),
        redact: z
          .array(
            z.strictObject({
              pattern: e(linePattern),
              // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of RE2 replacements
              with: e(z.string()).describe('What each match becomes; $1 or ${name} for a group'),
            }),
          )
          .optional()
          .describe('Replacements in the lines that are kept, in this order'),
        compression: e(z.enum(['gzip', 'zstd', 'none', 'same']))
          .optional()
          .describe('Compression of the output; same (the default) as each input'),
        manifest: e(objectKey).optional().describe('Key in the target bucket for a list of what was done (NDJSON)'),
        tolerate: tolerance(e).optional(),
      })
      .superRefine(({ target, tolerate }, ctx) => {
        if (tolerate === undefined || !('key' in target)) return;
        const message = 'needs a target prefix: one object made of what is left of many would look whole';
        ctx.addIssue({ code: 'custom', path: ['tolerate'], message });
      }),
  output: z.object({
    objects: count,
    bytesIn: count.describe('Bytes read from S3, compressed as they are there'),
    bytesOut: count.describe('Bytes written to S3'),
    linesIn: count,
    linesOut: count,
    manifest: z.string().optional(),
    failed: failedObjects.optional(),
  }),
  defaults: { timeout: '12h', heartbeat: '30s', maximumAttempts: 10 },
});
