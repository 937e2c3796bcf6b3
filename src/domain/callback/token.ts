import { base64url, CompactEncrypt, type CryptoKey, compactDecrypt } from 'jose';
import { z } from 'zod';
import { AlmanacError } from '../errors.js';
import { type CallbackOperation, callbackOperation } from '../views.js';
import type { Keyring } from './keyring.js';

/** What a callback token says: which activity of which run it is for, and what its holder may do until when. */
export interface CallbackClaims {
  namespace: string;
  workflowId: string;
  /** Always set: without it Temporal would complete the latest run of the workflow id. */
  runId: string;
  activityId: string;
  /**
   * Attempt that the token was made in; the tokens of every attempt are good while the activity is open. It tells the repeat of an
   * earlier attempt's failure from the same failure of a later one.
   */
  attempt: number;
  operations: CallbackOperation[];
  /** Milliseconds since the epoch. */
  expiresAt: number;
  /** Random id of this token: the only part of it that a log may hold. */
  jti: string;
  /** Calls have to be signed by Standard Webhooks besides: the step asked for it. */
  signed?: boolean;
}

/** Attempt of links that are younger than every attempt of their activity: Temporal counts these in 32 bits. */
export const afterAllAttempts = 2 ** 31 - 1;

/** Longest token, and so the longest segment that a callback address has. */
export const maxTokenLength = 2048;

const text = z.string().min(1);
/** On the wire the names are short: a token has to fit into an address. */
const wireClaims = z.strictObject({
  ns: text,
  wid: text,
  rid: z.uuid(),
  aid: text,
  att: z.int().min(1),
  ops: z.array(callbackOperation).min(1),
  exp: z.int().positive(),
  jti: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  sig: z.literal(1).optional(),
});

/** 128 random bits in base64url. */
export function newJti(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(16)));
}

/**
 * Seals claims into a token (JWE `dir` with A256GCM) under the current key. `expiresAt` is rounded up to a second.
 *
 * @throws AlmanacError `invalid-input` when the ids are so long that the token would be over {@link maxTokenLength}
 */
export async function sealToken(keys: Keyring, claims: CallbackClaims): Promise<string> {
  const wire: z.input<typeof wireClaims> = {
    ns: claims.namespace,
    wid: claims.workflowId,
    rid: claims.runId,
    aid: claims.activityId,
    att: claims.attempt,
    ops: claims.operations,
    exp: Math.ceil(claims.expiresAt / 1000),
    jti: claims.jti,
    ...(claims.signed === true ? { sig: 1 } : {}),
  };
  const token = await new CompactEncrypt(new TextEncoder().encode(JSON.stringify(wire)))
    .setProtectedHeader(protectedHeader(keys.current))
    .encrypt(await imported(keys.keys.get(keys.current) as Uint8Array));
  if (token.length < maxTokenLength) return token;
  throw new AlmanacError(
    'invalid-input',
    `the workflow id and the activity id are too long for a callback token (${claims.workflowId.length} and ${claims.activityId.length} characters)`,
  );
}

/**
 * Opens what a key sealed: the plaintext of a token (JWE compact serialization, `dir`, A256GCM), or an error when its tag is wrong.
 * The header was compared before, so that nothing in it is left to be obeyed.
 */
export type Unseal = (token: string, key: Uint8Array) => Uint8Array | Promise<Uint8Array>;

/**
 * The claims of a token, or undefined for anything that no key of the ring sealed, to the last bit of its encoding.
 *
 * @param unseal the cipher: WebCrypto runs everywhere; a server on Node has a faster one
 */
export async function openToken(
  keys: Keyring,
  token: string,
  unseal: Unseal = unsealByWebCrypto,
): Promise<CallbackClaims | undefined> {
  const key = isCanonical(token) ? keysByHeader(keys).get(token.slice(0, token.indexOf('.'))) : undefined;
  if (key === undefined) return undefined;
  try {
    return toClaims(wireClaims.parse(JSON.parse(utf8.decode(await unseal(token, key)))));
  } catch {
    return undefined;
  }
}

/** Key id in the header of a token, to find its key by; undefined for what is no token of ours. */
export function keyIdOf(token: string): string | undefined {
  if (token.length >= maxTokenLength) return undefined;
  try {
    const header: unknown = JSON.parse(utf8.decode(base64url.decode(token.slice(0, token.indexOf('.')))));
    const isObject = typeof header === 'object' && header !== null;
    return isObject && 'kid' in header && typeof header.kid === 'string' ? header.kid : undefined;
  } catch {
    return undefined;
  }
}

const utf8 = new TextDecoder();
const importedKeys = new WeakMap<Uint8Array, Promise<CryptoKey>>();

/** A key in the form that the cipher takes; made once a key, or it would be made at every token. */
function imported(key: Uint8Array): Promise<CryptoKey> {
  const known = importedKeys.get(key);
  if (known !== undefined) return known;
  const made = crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-GCM', false, ['encrypt', 'decrypt']);
  importedKeys.set(key, made);
  return made;
}

const unsealByWebCrypto: Unseal = async (token, key) => {
  const { plaintext } = await compactDecrypt(token, await imported(key), {
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  });
  return plaintext;
};

function toClaims(wire: z.output<typeof wireClaims>): CallbackClaims {
  return {
    namespace: wire.ns,
    workflowId: wire.wid,
    runId: wire.rid,
    activityId: wire.aid,
    attempt: wire.att,
    operations: wire.ops,
    expiresAt: wire.exp * 1000,
    jti: wire.jti,
    ...(wire.sig === undefined ? {} : { signed: true }),
  };
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** `header..iv.ciphertext.tag`, each segment in the one base64url spelling of its bytes: no padding, no spare bits. */
function isCanonical(token: string): boolean {
  if (token.length >= maxTokenLength) return false;
  const match = /^([\w-]+)\.\.([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(token);
  return match?.slice(1).every(hasNoSpareBits) ?? false;
}

/** 2 or 3 characters at the end stand for 1 or 2 bytes, and their last one has 4 or 2 bits that say nothing: these are 0. */
function hasNoSpareBits(segment: string): boolean {
  const rest = segment.length % 4;
  if (rest === 0) return true;
  const last = alphabet.indexOf(segment.at(-1) as string);
  return rest !== 1 && last % (rest === 2 ? 16 : 4) === 0;
}

function protectedHeader(kid: string) {
  return { alg: 'dir', enc: 'A256GCM', kid } as const;
}

const headers = new WeakMap<Keyring, ReadonlyMap<string, Uint8Array>>();

/** The header is ours to the byte, so comparing it leaves no room for `zip`, `crit` or another algorithm. */
function keysByHeader(ring: Keyring): ReadonlyMap<string, Uint8Array> {
  const known = headers.get(ring);
  if (known !== undefined) return known;
  const made = new Map(
    [...ring.keys].map(([kid, key]) => [base64url.encode(JSON.stringify(protectedHeader(kid))), key]),
  );
  headers.set(ring, made);
  return made;
}
