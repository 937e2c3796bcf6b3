import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { bareEtag } from './etag.js';
import { callS3, type Place } from './failures.js';
import { headIfAllowed } from './head-object.js';
import { readTags, writeTags } from './object-tags.js';
import type { WrittenObject } from './written-object.js';

export const fingerprintMetadata = 'almanac-fingerprint';

/** What an output says about itself: in its metadata, or in tags when those were fixed before it was known. */
export const finishedFacts = z.object({
  'almanac-lines': z
    .string()
    .regex(/^\d+\/\d+$/)
    .transform((text) => {
      const [linesIn, linesOut] = text.split('/').map(Number) as [number, number];
      return { linesIn, linesOut };
    }),
  'almanac-sha256': z.string().regex(/^[0-9a-f]{64}$/),
});

interface Lines {
  linesIn: number;
  linesOut: number;
}

export function finishedMetadata({ linesIn, linesOut }: Lines, sha256: string): z.input<typeof finishedFacts> {
  return { 'almanac-lines': `${linesIn}/${linesOut}`, 'almanac-sha256': sha256 };
}

/** Says the same of an output that was written in parts. It can be told from another under its key by the ETag. */
export function tagFinished(
  s3: S3Client,
  place: Required<Place>,
  lines: Lines,
  { etag, sha256 }: WrittenObject,
  signal: AbortSignal,
): Promise<void> {
  return writeTags(s3, place, { ...finishedMetadata(lines, sha256), 'almanac-etag': bareEtag(etag) }, signal);
}

export interface FinishedOutput extends WrittenObject {
  lines: Lines;
}

/**
 * The output of that fingerprint, if it is there already.
 * @param fingerprint stands for the source and the rules.
 */
export async function findFinished(
  s3: S3Client,
  place: Required<Place>,
  fingerprint: string,
  signal: AbortSignal,
): Promise<FinishedOutput | undefined> {
  const head = await headWithFingerprint(s3, place, fingerprint, signal);
  if (head === undefined) return undefined;
  const { etag, bytes, metadata } = head;
  const inMetadata = finishedFacts.safeParse(metadata).data;
  const data = inMetadata ?? finishedFacts.safeParse(await readTags(s3, place, etag, signal)).data;
  return data && { etag, bytes, sha256: data['almanac-sha256'], lines: data['almanac-lines'] };
}

/** The object under a key, if it carries that fingerprint. */
export async function headWithFingerprint(
  s3: S3Client,
  place: Required<Place>,
  fingerprint: string,
  signal: AbortSignal,
): Promise<{ etag: string; bytes: number; metadata: Record<string, string> } | undefined> {
  const head = await headIfAllowed(s3, place, signal);
  if (head?.Metadata?.[fingerprintMetadata] !== fingerprint) return undefined;
  return { etag: head.ETag ?? '', bytes: head.ContentLength ?? 0, metadata: head.Metadata };
}

/** Is nothing under that prefix? Then no output needs to be looked for. */
export async function isEmpty(s3: S3Client, Bucket: string, Prefix: string, signal: AbortSignal): Promise<boolean> {
  const request = new ListObjectsV2Command({ Bucket, Prefix, MaxKeys: 1 });
  const { KeyCount } = await callS3({ bucket: Bucket }, signal, () => s3.send(request, { abortSignal: signal }));
  return KeyCount === 0;
}
