import { ApplicationFailure } from '@temporalio/common';
import type { FailedObjects, SourceObjects } from '../../domain/steps/s3-object.js';
import { mayBeTriedAgain } from '../heartbeat.js';
import { type Place, s3Failure } from './failures.js';

/** Failed objects that an output names; the manifest names all. */
const namedInOutput = 100;
const namedInMessage = 5;

/** Line of the manifest about an object that could not be done. */
export interface FailedRecord {
  key: string;
  failed: { kind: string; message: string };
}

export function isFailedRecord<R extends object>(record: R | FailedRecord): record is FailedRecord {
  return 'failed' in record;
}

/** Counts the objects that a step could not do, and fails it when they are more than it tolerates. */
export class Tolerance {
  readonly #source: Place;
  #count = 0;
  readonly #named: FailedObjects['objects'] = [];

  /** @param failedPercent of the objects; undefined: none, and the first failure is the step's. */
  constructor(
    private readonly failedPercent: number | undefined,
    source: SourceObjects,
  ) {
    this.#source = { bucket: source.bucket, key: source.prefix };
  }

  /**
   * The record of an object's failure if nothing more can be done about it.
   * @throws the failure itself if another attempt may help, or if none is tolerated.
   */
  recordOf(key: string, error: unknown, signal: AbortSignal): FailedRecord {
    const isTyped = error instanceof ApplicationFailure;
    if (this.failedPercent === undefined || signal.aborted || !isTyped || mayBeTriedAgain(error)) throw error;
    return { key, failed: { kind: error.type ?? 'Error', message: error.message } };
  }

  /**
   * @param total objects, if that is known already.
   * @throws ApplicationFailure TooManyFailed
   */
  add({ key, failed }: FailedRecord, total: number | undefined): void {
    this.#count += 1;
    if (this.#named.length < namedInOutput) this.#named.push({ key, ...failed });
    if (total !== undefined) this.#checkOf(total);
  }

  /**
   * @param done objects that did not fail, at the end.
   * @throws ApplicationFailure TooManyFailed
   */
  check(done: number): void {
    this.#checkOf(done + this.#count);
  }

  #checkOf(total: number): void {
    if (this.#count * 100 <= (this.failedPercent ?? 0) * total) return;
    const examples = this.#named.slice(0, namedInMessage).map(({ kind, message }) => `${kind}: ${message}`);
    throw s3Failure(
      'TooManyFailed',
      this.#source,
      `${this.#count} of ${total} objects failed, more than the ${this.failedPercent} % that are tolerated; ${examples.join('; ')}`,
    );
  }

  /** For the output of the step. */
  get failed(): { failed?: FailedObjects } {
    return this.failedPercent === undefined ? {} : { failed: { count: this.#count, objects: this.#named } };
  }
}
