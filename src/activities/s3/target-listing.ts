import { ListObjectsV2Command, type S3Client } from '@aws-sdk/client-s3';
import { callS3 } from './failures.js';
import { compareKeys, keyBefore } from './key-order.js';

/** What a listing knows of a key: what is there, that nothing is, or not enough to say. */
export type Listed = { size: number; etag: string } | 'nothing' | 'unknown';

/**
 * A page of a listing takes the place of as many HEAD requests as keys are asked for that lie on it. Fewer than these, and the
 * requests are the cheaper ones: the target holds much beside what the step writes.
 */
const worthAPage = 16;

/**
 * Tells what a target holds, for keys that are asked for in key order: its listing is walked beside the listing of the source,
 * one page in memory. It says `unknown` for a key out of that order, from the moment on at which the server lists in another
 * order (as directory buckets of S3 do), and when pages turn out not to be worth it. A key that was written after its page
 * was listed counts as not there.
 */
export class TargetListing {
  readonly #page = new Map<string, { size: number; etag: string }>();
  /** The page holds what lies between the two; all that follows, when it is the last one. */
  #from: string | undefined;
  #to: string | undefined;
  #isLast = false;
  #askedOfPage = 0;
  #givenUp = false;

  constructor(
    private readonly s3: S3Client,
    private readonly bucket: string,
    private readonly prefix: string,
    private readonly signal: AbortSignal,
  ) {}

  /** @throws ApplicationFailure NoSuchBucket, AccessDenied. */
  async find(key: string): Promise<Listed> {
    if (this.#from !== undefined && compareKeys(key, this.#from) < 0) return 'unknown';
    while (!this.#givenUp && !this.#reaches(key)) await this.#turnPage(key);
    if (this.#givenUp) return 'unknown';
    this.#askedOfPage += 1;
    return this.#page.get(key) ?? 'nothing';
  }

  #reaches(key: string): boolean {
    return this.#isLast || (this.#to !== undefined && compareKeys(key, this.#to) <= 0);
  }

  /** Lists from `key` on, or, where that does not get as far, what follows the page. */
  async #turnPage(key: string): Promise<void> {
    if (this.#to !== undefined && this.#askedOfPage < worthAPage) {
      this.#giveUp();
      return;
    }
    const jump = keyBefore(key);
    const further = jump !== undefined && (this.#to === undefined || compareKeys(jump, this.#to) > 0);
    const after = further ? jump : this.#to;
    const request = new ListObjectsV2Command({ Bucket: this.bucket, Prefix: this.prefix, StartAfter: after });
    const page = await callS3({ bucket: this.bucket }, this.signal, () =>
      this.s3.send(request, { abortSignal: this.signal }),
    );
    this.#page.clear();
    let last = after;
    for (const { Key = '', Size: size = 0, ETag: etag = '' } of page.Contents ?? []) {
      if (last !== undefined && compareKeys(Key, last) <= 0) {
        this.#giveUp();
        return;
      }
      this.#page.set(Key, { size, etag });
      last = Key;
    }
    this.#from = key;
    this.#to = last;
    this.#isLast = page.IsTruncated !== true;
    this.#askedOfPage = 0;
  }

  #giveUp(): void {
    this.#givenUp = true;
    this.#page.clear();
  }
}
