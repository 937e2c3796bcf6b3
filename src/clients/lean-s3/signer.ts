import { createHmac, hash } from 'node:crypto';
import type { AwsCredentialIdentity } from '@smithy/types';

/** What of a request is signed. */
export interface SignedParts {
  method: string;
  /** As it is sent, percent-encoded. */
  path: string;
  /** As it is sent, without the question mark: names in order, everything percent-encoded. */
  query: string;
  /** By lower-case name; values without spaces at their ends or two in a row. `x-amz-content-sha256` is among them. */
  headers: Readonly<Record<string, string>>;
}

/**
 * Signature Version 4 in the Authorization header (AWS documentation, "Signature calculations for the Authorization header"), for
 * requests that are written plainly already. Does what `@smithy/signature-v4` does, which the tests compare it with, in a fifth of
 * the time: the key of the day is kept as it is, and nothing is copied, normalised or awaited.
 */
export class Signer {
  #key: { of: string; scope: string; bytes: Buffer } | undefined;
  #second = Number.NaN;
  #date = '';

  constructor(
    private readonly region: string,
    private readonly service: string,
  ) {}

  /** The headers with those that sign them. @param now milliseconds since 1970 */
  sign(parts: SignedParts, credentials: AwsCredentialIdentity, now: number): Record<string, string> {
    const date = this.#dateOf(now);
    const { accessKeyId, sessionToken } = credentials;
    const headers: Record<string, string> = { ...parts.headers, 'x-amz-date': date };
    if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken;
    const names = Object.keys(headers).sort();
    let listed = '';
    for (const name of names) listed += `${name}:${headers[name]}\n`;
    const signed = names.join(';');
    const payload = headers['x-amz-content-sha256'];
    const canonical = `${parts.method}\n${parts.path}\n${parts.query}\n${listed}\n${signed}\n${payload}`;
    const { scope, bytes } = this.#keyOf(date.slice(0, 8), credentials);
    const text = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash('sha256', canonical)}`;
    const signature = createHmac('sha256', bytes).update(text).digest('hex');
    headers.authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
    return headers;
  }

  /** `20261121T025029Z` */
  #dateOf(now: number): string {
    const second = Math.floor(now / 1000);
    if (second === this.#second) return this.#date;
    this.#second = second;
    this.#date = new Date(second * 1000).toISOString().replace(/[-:]|\.\d+/g, '');
    return this.#date;
  }

  #keyOf(day: string, { accessKeyId, secretAccessKey }: AwsCredentialIdentity) {
    const of = `${day}/${accessKeyId}/${secretAccessKey}`;
    if (this.#key?.of !== of) {
      const terms = [day, this.region, this.service, 'aws4_request'];
      const first: string | Buffer = `AWS4${secretAccessKey}`;
      const bytes = terms.reduce<string | Buffer>(
        (key, term) => createHmac('sha256', key).update(term).digest(),
        first,
      );
      this.#key = { of, scope: terms.join('/'), bytes: Buffer.from(bytes) };
    }
    return this.#key;
  }
}
