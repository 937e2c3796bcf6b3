import type { S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { fingerprintOf } from './journal-entries.js';
import type { Journals } from './journals.js';
import { ObjectWriter } from './object-writer.js';
import { createPartMemory } from './part-memory.js';

/** A list of what a step did, one JSON object a line, written as it goes so that it may be of any length. */
export interface Manifest<Entry> {
  add(entries: readonly Entry[]): Promise<void>;
  /** Makes the manifest appear under its key; gives its ETag, if there is one. */
  complete(): Promise<string | undefined>;
  abort(): Promise<void>;
}

/** Entries are gathered to pieces of this size before they are handed on. */
const pieceLength = 64 * 1024;

/** Opens the manifest of a step; without a key it takes entries and keeps none. */
export async function openManifest<Entry>(
  s3: S3Client,
  bucket: string,
  key: string | undefined,
  journals: Journals,
  signal: AbortSignal,
): Promise<Manifest<Entry>> {
  if (key === undefined) return { add: async () => {}, complete: async () => undefined, abort: async () => {} };
  // It is always written anew. Its journal only tells which upload a lost attempt left open.
  const journal = await journals.of(key, fingerprintOf('manifest'), z.null());
  await journal.discard();
  const headers = { contentType: 'application/x-ndjson' };
  // One part, and not of the memory that the outputs share: who adds an entry would wait for what only goes on after it.
  const lease = createPartMemory(1).lease(signal);
  const writer = new ObjectWriter({ s3, signal, lease }, { bucket, key }, headers, journal, () => null);
  let text = '';
  const flush = async () => {
    const piece = Buffer.from(text);
    text = '';
    await writer.write(piece);
  };
  return {
    add: async (entries) => {
      for (const entry of entries) {
        text += `${JSON.stringify(entry)}\n`;
        if (text.length >= pieceLength) await flush();
      }
    },
    complete: async () => {
      await flush();
      return (await writer.complete()).etag;
    },
    abort: async () => {
      await writer.settle();
      await journal.discard();
    },
  };
}
