/** An ETag without its quotes, as it is kept in metadata. */
export function bareEtag(etag: string): string {
  return etag.replaceAll('"', '');
}
