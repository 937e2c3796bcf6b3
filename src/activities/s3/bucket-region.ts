/**
 * Where the bucket of a refused request really is: what S3 answers to a request at another region's address says so, in a header that
 * the answer to a HEAD has too, or else in the body (Amazon S3 API reference, "Error responses"; user guide, "Request redirection").
 */
export function bucketRegionOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const fromHeader = '$response' in error ? headerOf(error.$response, 'x-amz-bucket-region') : undefined;
  const region: unknown = fromHeader ?? ('Region' in error ? error.Region : undefined);
  return typeof region === 'string' && region !== '' ? region : undefined;
}

/** Tells the answers that a bucket of another region makes. A HEAD has a status alone, 301 or 400. */
export function isOfAnotherRegion(name: string, status: number | undefined, region: string | undefined): boolean {
  switch (name) {
    case 'PermanentRedirect':
    case 'IllegalLocationConstraintException':
      return true;
    case 'AuthorizationHeaderMalformed':
      return region !== undefined;
  }
  if (region === undefined) return false;
  return status === 301 || (status === 400 && namesWithoutBody.has(name));
}

/** What the SDK, and what our own client call an error whose answer does not name it. */
const namesWithoutBody = new Set(['Unknown', 'UnknownError', 'BadRequest', '400']);

function headerOf(response: unknown, name: string): unknown {
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const { headers } = response;
  return typeof headers === 'object' && headers !== null ? Reflect.get(headers, name) : undefined;
}
