/**
 * Descriptions by digest of the definition. `list` does not return what an action carries, and describing every
 * schedule on every list costs seven times the list; a digest never changes its meaning, so each is described once.
 */
export class DescriptionCache {
  private readonly byDigest = new Map<string, string | undefined>();

  constructor(private readonly limit = 5_000) {}

  async get(digest: string, load: () => Promise<string | undefined>): Promise<string | undefined> {
    if (this.byDigest.has(digest)) return this.byDigest.get(digest);
    const description = await load();
    const oldest = this.byDigest.keys().next();
    if (this.byDigest.size >= this.limit && !oldest.done) this.byDigest.delete(oldest.value);
    this.byDigest.set(digest, description);
    return description;
  }
}
