import { z } from 'zod';
import { failedObjects, sourceObjects, targetKey, tolerance } from './s3-object.js';
import { defineStep } from './step-kind.js';

const count = z.int().nonnegative();

export const s3Inspect = defineStep({
  uses: 's3.inspect',
  description: 'Reads objects and lists their sizes, lines and SHA-256 sums',
  execution: 'activity',
  with: (e) =>
    z.strictObject({
      source: sourceObjects(e),
      target: targetKey(e).describe('The list that is written: NDJSON, one line an object, in key order'),
      tolerate: tolerance(e).optional(),
    }),
  output: z.object({
    objects: count.describe('Objects read'),
    bytes: count.describe('Bytes read from S3, compressed as they are there'),
    lines: count.describe('Lines, of gzip and zstd objects those of their content'),
    manifest: z.string().describe('Key of the list'),
    failed: failedObjects.optional(),
  }),
  defaults: { timeout: '12h', heartbeat: '30s', maximumAttempts: 10 },
});

/** One line of the list. */
export const inspectRecord = z.object({
  key: z.string(),
  /** As they are in S3, and so is the hash. */
  bytes: count,
  /** Of the decompressed content; a line ends at LF or at the end of the object. */
  lines: count,
  /** Hexadecimal. */
  sha256: z.string(),
  /** As S3 gives it, quotes included. */
  etag: z.string(),
  contentType: z.string().optional(),
});
export type InspectRecord = z.output<typeof inspectRecord>;
