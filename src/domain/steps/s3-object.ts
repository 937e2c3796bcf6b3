import { z } from 'zod';
import { eitherKey, type LeafWrapper } from './step-kind.js';

/** Bucket names by the rules of Amazon S3 (general purpose buckets). */
export const bucketName = z
  .string()
  .regex(
    /^(?!\d+\.\d+\.\d+\.\d+$)(?=.{3,63}$)[a-z0-9](?:[a-z0-9-]|\.(?!\.))*[a-z0-9]$/,
    'not a bucket name: 3 to 63 of a-z, 0-9, - and .',
  )
  .describe('Bucket name');

/** Object keys: 1 to 1,024 bytes of UTF-8. */
export const objectKey = z
  .string()
  .min(1)
  .refine((key) => new TextEncoder().encode(key).length <= 1024, 'longer than the 1,024 bytes that S3 allows')
  .describe('Object key');

const keyPrefix = z.string().max(1024).describe('Prefix of the object keys; empty for the whole bucket');

const glob = z.string().min(1).describe('Glob over the key after the prefix: *, **, ?, [a-z], {a,b}');

/** `S` of DESIGN §3: the objects that a step reads. */
export function sourceObjects(e: LeafWrapper) {
  const source = z.strictObject({
    bucket: e(bucketName).describe('Bucket to read from'),
    prefix: e(keyPrefix).optional().describe('All objects whose key starts with this; empty for the whole bucket'),
    keys: e(z.array(e(objectKey)).min(1))
      .optional()
      .describe('The object keys themselves, instead of a prefix'),
    include: e(z.array(e(glob)))
      .optional()
      .describe('Only objects that match one of these globs'),
    exclude: e(z.array(e(glob)))
      .optional()
      .describe('Without objects that match one of these globs'),
  });
  return eitherKey(source, 'prefix', 'keys').describe('The objects to read');
}

export function targetPrefix(e: LeafWrapper) {
  return z
    .strictObject({
      bucket: e(bucketName).describe('Bucket to write to'),
      prefix: e(keyPrefix).describe('Put before the rest of each key'),
    })
    .describe('Each object goes to this prefix, under its key after the source prefix');
}

export function targetKey(e: LeafWrapper) {
  return z
    .strictObject({
      bucket: e(bucketName).describe('Bucket to write to'),
      key: e(objectKey).describe('Key of the one object that is written'),
    })
    .describe('All objects become this one, in key order');
}

export type SourceObjects = z.output<ReturnType<typeof sourceObjects>>;

/** How many objects may fail without failing the step. */
export function tolerance(e: LeafWrapper) {
  return z
    .strictObject({
      failedPercent: e(z.number().min(0).max(100)).describe('Percent of the objects that may fail'),
    })
    .describe(
      'Go on when single objects fail for good, and name them in the output and the manifest; without it the first fails the step',
    );
}

export const failedObjects = z
  .object({
    count: z.int().nonnegative(),
    objects: z.array(z.object({ key: z.string(), kind: z.string(), message: z.string() })),
  })
  .describe('Objects that failed and were tolerated; the first 100 by name');
export type FailedObjects = z.output<typeof failedObjects>;
