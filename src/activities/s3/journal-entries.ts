import { createHash } from 'node:crypto';
import { z } from 'zod';

/** Journals lie beside the output that they are about, in a folder of this name that no step reads as its source. */
const folderName = '.almanac/';
/** S3 takes keys of 1,024 bytes; a journal's own part of the key has less than these. */
const ownPart = 96;
const entryKey = /(?:^|\/|[^/])\.almanac\/[0-9a-f]{64}\/\d{5}$/;

/** Where the journals of everything below a target prefix, or of one target key, lie. */
export function journalFolder(target: { prefix: string } | { key: string }): string {
  const beside = 'key' in target ? target.key : target.prefix;
  return (Buffer.byteLength(beside) + ownPart > 1024 ? '' : beside) + folderName;
}

/** Is this the key of a journal's entry? Such objects are nobody's data. */
export function isJournalEntry(key: string): boolean {
  return entryKey.test(key);
}

/**
 * Name of a journal: of the output's key, and of all that decides its bytes. Work is only gone on with when both are the same;
 * a journal of the same output with other bytes is of no use any more.
 */
export function journalName(targetKey: string, fingerprint: string): string {
  return journalNameStart(targetKey) + fingerprint;
}

export function journalNameStart(targetKey: string): string {
  return digest(targetKey);
}

/** To be raised with every change of how sources become parts, so that two ways of it are never mixed. */
const outputVersion = 5;

/** 32 hexadecimal digits that stand for everything given, and for this version of how it becomes an output. */
export function fingerprintOf(...determinants: unknown[]): string {
  return digest(JSON.stringify([outputVersion, ...determinants]));
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

/** Metadata key of the nonce of {@link IntentEntry}. */
export const nonceMetadata = 'almanac-upload';

/** Entry 0, written before the upload is opened: whatever upload of that key is younger was opened by Almanac. */
export const intentEntry = z.object({
  key: z.string(),
  /** Also in the metadata of the output: tells that it is the object of this very upload. */
  nonce: z.string(),
  /** Run that opened it. */
  workflowId: z.string().optional(),
});
export type IntentEntry = z.output<typeof intentEntry>;

/** Entry n, written before part n is uploaded. */
export function partEntry<M>(mark: z.ZodType<M>) {
  return z.object({
    uploadId: z.string(),
    /** Bytes of this part, and of all up to it. */
    size: z.int().positive(),
    bytes: z.int().positive(),
    /** Of the whole output; only with its last part, and only if no attempt was lost. */
    sha256: z.string().optional(),
    /** Where the work stands after this part. */
    mark,
  });
}
export interface PartEntry<M> {
  uploadId: string;
  size: number;
  bytes: number;
  sha256?: string | undefined;
  mark: M;
}
