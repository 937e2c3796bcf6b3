import { HeadObjectCommand, ListPartsCommand } from '@aws-sdk/client-s3';
import type { z } from 'zod';
import type { Place } from './failures.js';
import { type IntentEntry, intentEntry, nonceMetadata, type PartEntry } from './journal-entries.js';
import { type JournalContext, type JournalStore, unlessGone } from './journal-store.js';

/** A part that S3 has. */
export interface StoredPart {
  PartNumber: number;
  ETag: string;
  Size: number;
  /** Undefined where S3 keeps none. */
  ChecksumCRC32: string | undefined;
}

/** An upload that an earlier attempt left open, up to the last part that can be gone on from. */
export interface OpenUpload<M> {
  readonly state: 'open';
  readonly uploadId: string;
  readonly parts: readonly StoredPart[];
  readonly bytes: number;
  /** One for each part. */
  readonly marks: readonly M[];
}

/** An output that an earlier attempt finished, but did not live to tell about. */
export interface FinishedUpload<M> {
  readonly state: 'finished';
  readonly etag: string;
  readonly bytes: number;
  readonly sha256: string | undefined;
  readonly marks: readonly M[];
}

export interface Recovered<M> {
  /** Of the upload that the journal tells about, whether it can be gone on with or not. */
  uploadId: string | undefined;
  upload: OpenUpload<M> | FinishedUpload<M> | undefined;
}

/** Holds a journal, of which the listing saw entries up to `highest`, against what S3 has of its output. */
export async function recoverUpload<M>(
  store: JournalStore,
  targetKey: string,
  markSchema: z.ZodType<M>,
  highest: number,
): Promise<Recovered<M>> {
  const intent = await store.read(0, intentEntry);
  const entries = intent === undefined ? [] : await store.readParts(highest, markSchema);
  const last = entries.at(-1);
  if (intent === undefined || last === undefined) return { uploadId: undefined, upload: undefined };
  const target = { bucket: store.context.bucket, key: targetKey };
  const finished = () => finishedUpload(store.context, target, intent, entries);
  // Looked for once more when there is no upload: S3 may be completing it at this moment, asked by an attempt that is gone.
  const upload =
    (await finished()) ?? (await openUpload(store.context, target, last.uploadId, entries)) ?? (await finished());
  return { uploadId: last.uploadId, upload };
}

async function finishedUpload<M>(
  { s3, signal }: JournalContext,
  target: Required<Place>,
  intent: IntentEntry,
  entries: readonly PartEntry<M>[],
): Promise<FinishedUpload<M> | undefined> {
  const request = new HeadObjectCommand({ Bucket: target.bucket, Key: target.key });
  const head = await unlessGone(target, signal, (abortSignal) => s3.send(request, { abortSignal }));
  const last = entries.at(-1);
  if (last === undefined || head?.Metadata?.[nonceMetadata] !== intent.nonce) return undefined;
  if (head.ContentLength !== last.bytes) return undefined;
  const marks = entries.map(({ mark }) => mark);
  return { state: 'finished', etag: head.ETag ?? '', bytes: last.bytes, sha256: last.sha256, marks };
}

/** Parts without an entry, or of another size than it says, are not counted: they are written over. */
async function openUpload<M>(
  context: JournalContext,
  target: Required<Place>,
  uploadId: string,
  entries: readonly PartEntry<M>[],
): Promise<OpenUpload<M> | undefined> {
  const stored = await storedParts(context, target, uploadId);
  const parts: StoredPart[] = [];
  for (const [index, entry] of entries.entries()) {
    const part = stored?.get(index + 1);
    if (part === undefined || part.Size !== entry.size || entry.uploadId !== uploadId) break;
    parts.push(part);
  }
  const last = entries[parts.length - 1];
  if (last === undefined) return undefined;
  const marks = entries.slice(0, parts.length).map(({ mark }) => mark);
  return { state: 'open', uploadId, parts, bytes: last.bytes, marks };
}

/** Undefined when there is no such upload any more. */
export async function storedParts(
  { s3, signal }: JournalContext,
  target: Required<Place>,
  UploadId: string,
): Promise<Map<number, StoredPart> | undefined> {
  const parts = new Map<number, StoredPart>();
  let PartNumberMarker: string | undefined;
  do {
    const request = new ListPartsCommand({ Bucket: target.bucket, Key: target.key, UploadId, PartNumberMarker });
    const page = await unlessGone(target, signal, (abortSignal) => s3.send(request, { abortSignal }));
    if (page === undefined) return undefined;
    for (const { PartNumber = 0, ETag = '', Size = 0, ChecksumCRC32 } of page.Parts ?? []) {
      parts.set(PartNumber, { PartNumber, ETag, Size, ChecksumCRC32 });
    }
    PartNumberMarker = page.IsTruncated ? page.NextPartNumberMarker : undefined;
  } while (PartNumberMarker !== undefined);
  return parts;
}
