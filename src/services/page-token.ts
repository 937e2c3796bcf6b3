import { createHash } from 'node:crypto';
import { AlmanacError } from '../domain/errors.js';

/** Where a list goes on: the server's token, and how many entries of that page were already given. */
export interface PagePosition {
  server: Uint8Array;
  skip: number;
}

/**
 * The token ends in a checksum. The Temporal server answers one that was made up or cut short as it answers its own faults, so that
 * the SDK would ask again for seconds. It is no secret: who forges it gets just that.
 */
export function encodePageToken({ server, skip }: PagePosition): string {
  const position = `${skip}.${Buffer.from(server).toString('base64url')}`;
  return `${position}.${checksum(position)}`;
}

/** @throws AlmanacError invalid-input when the text is none of our tokens. */
export function decodePageToken(token: string | undefined): PagePosition {
  if (token === undefined || token === '') return { server: new Uint8Array(), skip: 0 };
  const [, position = '', skip = '', server = '', sum] = /^((\d{1,4})\.([A-Za-z0-9_-]*))\.([\w-]+)$/.exec(token) ?? [];
  if (sum === undefined || sum !== checksum(position)) {
    throw new AlmanacError('invalid-input', 'the page token is not one that a list gave: start without it', {
      details: [{ path: 'pageToken', message: 'not a page token', value: token }],
    });
  }
  return { server: Buffer.from(server, 'base64url'), skip: Number(skip) };
}

function checksum(position: string): string {
  return createHash('sha256').update(`almanac-page:${position}`).digest('base64url').slice(0, 8);
}
