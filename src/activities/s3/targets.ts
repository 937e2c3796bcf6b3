import type { SourceObjects } from '../../domain/steps/s3-object.js';
import { describe, type Place, s3Failure } from './failures.js';
import { type SourceMatcher, type SourceObject, sourceMatcher } from './list-objects.js';
import { Rivals } from './rivals.js';

export type Target = { bucket: string; prefix: string } | { bucket: string; key: string };

/**
 * Decides where objects go, and refuses what would eat itself: an output that is one of the step's own inputs, now or at the
 * next run, and two inputs that would become the same output.
 */
export class Targets {
  readonly #isSource: SourceMatcher;
  readonly #rivals: Rivals;

  /** @throws ApplicationFailure TargetInsideSource for what can be seen before any object is listed. */
  constructor(
    source: SourceObjects,
    private readonly target: Target,
    manifest: string | undefined,
  ) {
    this.#isSource = sourceMatcher(source);
    this.#rivals = new Rivals(source.prefix ?? '');
    const unfiltered = source.include === undefined && source.exclude === undefined;
    if ('key' in target) this.#refuseSource(target);
    else if (unfiltered && target.bucket === source.bucket && isInside(target.prefix, source.prefix)) {
      throw insideSource({ bucket: target.bucket, key: target.prefix });
    }
    if (manifest !== undefined) this.#refuseSource({ bucket: target.bucket, key: manifest });
  }

  /** Passes the source's objects on, in key order. To be used where `keyFor` is going to change their names. */
  async *watch(pages: AsyncIterable<SourceObject[]>): AsyncGenerator<SourceObject[]> {
    for await (const page of pages) {
      this.#rivals.watch(page);
      yield page;
    }
  }

  /**
   * Key of the object's output: the target prefix and the object's name, as changed by `rename` in the extension of its
   * compression.
   * @throws ApplicationFailure TargetInsideSource, TargetCollision.
   */
  keyFor(object: SourceObject, rename: (key: string) => string = (key) => key): string {
    if ('key' in this.target) return this.target.key;
    const key = rename(this.plainKeyFor(object));
    const place = { bucket: this.target.bucket, key };
    this.#refuseSource(place);
    const other = this.#rivals.claim(object, key);
    if (other !== undefined) {
      throw s3Failure(
        'TargetCollision',
        place,
        `${JSON.stringify(other)} and ${JSON.stringify(object.key)} of s3://${object.bucket} would both become this object`,
      );
    }
    return key;
  }

  /** The same without the change, and unchecked. */
  plainKeyFor(object: SourceObject): string {
    return 'key' in this.target ? this.target.key : this.target.prefix + object.name;
  }

  #refuseSource(place: Required<Place>): void {
    if (this.#isSource(place.bucket, place.key)) throw insideSource(place);
  }
}

function isInside(targetPrefix: string, sourcePrefix: string | undefined): boolean {
  return sourcePrefix !== undefined && targetPrefix.startsWith(sourcePrefix);
}

function insideSource(place: Required<Place>) {
  return s3Failure(
    'TargetInsideSource',
    place,
    `the step would write into its own source (${describe(place)} is one of the objects that it reads); choose another target or exclude it`,
  );
}
