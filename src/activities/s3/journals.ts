import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import type { z } from 'zod';
import { callS3, type Place } from './failures.js';
import { Journal, type ListedJournal } from './journal.js';
import { intentEntry, journalFolder, journalName, journalNameStart } from './journal-entries.js';
import { readSmallObject } from './journal-objects.js';
import { type JournalContext, parseJson } from './journal-store.js';

/** Uploads on which nothing happened for so long are given up, whoever opened them. */
const abandonedAfterMs = 7 * 24 * 3_600_000;

/** The journals of one step: those that earlier attempts left, and those that this one opens. */
export class Journals {
  readonly #used = new Map<string, { discard(): Promise<void>; forget(): Promise<void> }>();

  private constructor(
    private readonly context: JournalContext,
    private readonly folder: string,
    private readonly listed: Map<string, ListedJournal>,
  ) {}

  /**
   * Lists the journals beside a target, and gives those up on which nothing happened for a week.
   * @param now milliseconds since the epoch; by S3's clock, near enough.
   */
  static async open(
    s3: S3Client,
    target: { bucket: string } & ({ prefix: string } | { key: string }),
    signal: AbortSignal,
    workflowId?: string,
    now = Date.now(),
  ): Promise<Journals> {
    const context = { s3, bucket: target.bucket, signal, workflowId };
    const folder = journalFolder(target);
    const place = { bucket: target.bucket, key: 'key' in target ? target.key : target.prefix };
    const journals = new Journals(context, folder, await listJournals(context, place, folder));
    for (const [name, { changedAt }] of journals.listed) {
      if (now - Number(changedAt) > abandonedAfterMs) await journals.#giveUp(name);
    }
    return journals;
  }

  /** The journal of an output; one of the same output with another fingerprint is given up. */
  async of<M>(targetKey: string, fingerprint: string, markSchema: z.ZodType<M>): Promise<Journal<M>> {
    const name = journalName(targetKey, fingerprint);
    const start = journalNameStart(targetKey);
    const others = this.listed.size === 0 ? [] : [...this.listed.keys()].filter((other) => other.startsWith(start));
    for (const other of others) if (other !== name) await this.#giveUp(other);
    const listed = this.listed.get(name);
    const folder = `${this.folder}${name}/`;
    const use = () => void this.#used.set(name, journal);
    const journal = new Journal(this.context, folder, targetKey, markSchema, listed, use);
    if (listed !== undefined) use();
    return journal;
  }

  /** Did an earlier attempt leave this one? */
  has(targetKey: string, fingerprint: string): boolean {
    return this.listed.has(journalName(targetKey, fingerprint));
  }

  /** The step is over, and nothing of it is to be gone on with: no upload stays open. Never throws. */
  async discard(): Promise<void> {
    await inGroups([...this.#used.values()], (journal) => journal.discard());
    await this.#giveUpOwn();
  }

  /** The step has succeeded. Never throws. */
  async forget(): Promise<void> {
    await inGroups([...this.#used.values()], (journal) => journal.forget());
    await this.#giveUpOwn();
  }

  /** What an earlier attempt of this run began and this one had no use for, because the source was deleted meanwhile. */
  async #giveUpOwn(): Promise<void> {
    const { workflowId } = this.context;
    for (const name of this.listed.keys()) {
      if (this.#used.has(name) || workflowId === undefined) continue;
      const intent = await this.#intentOf(name);
      if (intent === undefined || intent.workflowId === workflowId) await this.#giveUp(name);
    }
  }

  async #giveUp(name: string): Promise<void> {
    const key = (await this.#intentOf(name))?.key;
    const journal = new Journal(this.context, `${this.folder}${name}/`, key ?? '', intentEntry, this.listed.get(name));
    await (key === undefined ? journal.forget() : journal.discard());
    this.listed.delete(name);
  }

  async #intentOf(name: string) {
    const place = { bucket: this.context.bucket, key: `${this.folder}${name}/00000` };
    const text = await readSmallObject(this.context.s3, place, AbortSignal.timeout(10_000)).catch(() => '');
    return parseJson(text, intentEntry);
  }
}

/** @param place what a failure names. */
async function listJournals({ s3, bucket, signal }: JournalContext, place: Place, folder: string) {
  const journals = new Map<string, { entries: number[]; begunAt: Date; changedAt: Date }>();
  let token: string | undefined;
  do {
    const request = new ListObjectsV2Command({ Bucket: bucket, Prefix: folder, ContinuationToken: token });
    const page = await callS3(place, signal, () => s3.send(request, { abortSignal: signal }));
    for (const { Key = '', LastModified = new Date() } of page.Contents ?? []) {
      const [name = '', number = ''] = Key.slice(folder.length).split('/');
      const journal = journals.get(name) ?? { entries: [], begunAt: LastModified, changedAt: LastModified };
      journal.entries.push(Number(number));
      if (Number(number) === 0) journal.begunAt = LastModified;
      if (LastModified > journal.changedAt) journal.changedAt = LastModified;
      journals.set(name, journal);
    }
    token = page.IsTruncated ? page.NextContinuationToken : undefined;
  } while (token !== undefined);
  return journals;
}

async function inGroups<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  for (let start = 0; start < items.length; start += 16) await Promise.all(items.slice(start, start + 16).map(work));
}
