import { AlmanacError } from '../domain/errors.js';

/** Where a list goes on: the server's token, and how many entries of that page were already given. */
export interface PagePosition {
  server: Uint8Array;
  skip: number;
}

export function encodePageToken(position: PagePosition): string {
  return `${position.skip}.${Buffer.from(position.server).toString('base64url')}`;
}

/** @throws AlmanacError invalid-input when the text is none of our tokens. */
export function decodePageToken(token: string | undefined): PagePosition {
  if (token === undefined || token === '') return { server: new Uint8Array(), skip: 0 };
  const match = /^(\d{1,4})\.([A-Za-z0-9_-]*)$/.exec(token);
  if (!match) {
    throw new AlmanacError('invalid-input', 'the page token is not one that a list gave: start without it', {
      details: [{ path: 'pageToken', message: 'not a page token', value: token }],
    });
  }
  return { server: Buffer.from(match[2] ?? '', 'base64url'), skip: Number(match[1]) };
}
