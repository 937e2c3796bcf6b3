import { stemOf } from './compression.js';
import { baseName, type SourceObject } from './list-objects.js';

/** Sources whose names differ in nothing but the extension of a compression. */
interface Group {
  stem: string;
  /** Output key → key of the source that claimed it. */
  claimed: Map<string, string>;
}

/**
 * Sources that may become the same output. Only the extension of a compression is ever changed, so `x`, `x.gz` and `x.zst` are
 * all that can meet. In key order every name that begins with `x` comes right after it: once another one comes, the group of
 * `x` is let go. However many objects there are, no more is held than a group for each beginning of the latest name.
 */
export class Rivals {
  #open: Group[] = [];
  readonly #groups = new WeakMap<SourceObject, Group>();
  /** An object that is its source's whole prefix goes by its base name, which may come again at any place of the order. */
  readonly #ofPrefix: Group;

  constructor(prefix: string) {
    this.#ofPrefix = { stem: stemOf(baseName(prefix)), claimed: new Map() };
  }

  /** Sees which of the objects are rivals; they come in key order. */
  watch(page: readonly SourceObject[]): void {
    for (const object of page) this.#groups.set(object, this.#groupOf(object));
  }

  /**
   * Claims an output for a source; sources that were not watched must keep their names.
   * @returns the key of another source that claimed it before, if there is one.
   */
  claim(object: SourceObject, targetKey: string): string | undefined {
    const group = this.#groups.get(object) ?? this.#ofPrefixIf(stemOf(object.name));
    const other = group?.claimed.get(targetKey);
    if (other !== undefined && other !== object.key) return other;
    group?.claimed.set(targetKey, object.key);
    return undefined;
  }

  #groupOf({ bucket, name }: SourceObject): Group {
    const stem = stemOf(name);
    const ofPrefix = this.#ofPrefixIf(stem);
    if (ofPrefix !== undefined) return ofPrefix;
    if (isListedInKeyOrder(bucket)) this.#open = this.#open.filter((group) => name.startsWith(group.stem));
    const known = this.#open.find((group) => group.stem === stem);
    if (known !== undefined) return known;
    const group = { stem, claimed: new Map<string, string>() };
    this.#open.push(group);
    return group;
  }

  #ofPrefixIf(stem: string): Group | undefined {
    return stem === this.#ofPrefix.stem ? this.#ofPrefix : undefined;
  }
}

/** Directory buckets (S3 Express One Zone), which are known by this ending of their names, are listed in no order. */
function isListedInKeyOrder(bucket: string): boolean {
  return !bucket.endsWith('--x-s3');
}
