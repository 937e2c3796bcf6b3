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
  /** Attempt that sent the token; the tokens of every attempt are good while the activity is open. */
  attempt: number;
  operations: CallbackOperation[];
  /** Milliseconds since the epoch. */
  expiresAt: number;
  /** Random id of this token: the only part of it that a log may hold. */
  jti: string;
  /** Calls have to be signed by Standard Webhooks besides: the step asked for it. */
  signed?: boolean;
}

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

/** The claims of a token, or undefined for anything that no key of the ring sealed, to the last bit of its encoding. */
export async function openToken(keys: Keyring, token: string): Promise<CallbackClaims | undefined> {
  if (token.length >= maxTokenLength || !isCanonical(token)) return undefined;
  const header = token.slice(0, token.indexOf('.'));
  for (const [kid, key] of keys.keys) {
    if (header === headerSegment(kid)) return decrypt(token, key);
  }
  return undefined;
}

/** Key id in the header of a token, to find its key by; undefined for what is no token of ours. */
export function keyIdOf(token: string): string | undefined {
  if (token.length >= maxTokenLength) return undefined;
  try {
    const header: unknown = JSON.parse(new TextDecoder().decode(base64url.decode(token.slice(0, token.indexOf('.')))));
    return z.object({ kid: z.string() }).safeParse(header).data?.kid;
  } catch {
    return undefined;
  }
}

const importedKeys = new WeakMap<Uint8Array, Promise<CryptoKey>>();

/** A key in the form that the cipher takes; made once a key, or it would be made at every token. */
function imported(key: Uint8Array): Promise<CryptoKey> {
  const known = importedKeys.get(key);
  if (known !== undefined) return known;
  const made = crypto.subtle.importKey('raw', new Uint8Array(key), 'AES-GCM', false, ['encrypt', 'decrypt']);
  importedKeys.set(key, made);
  return made;
}

async function decrypt(token: string, key: Uint8Array): Promise<CallbackClaims | undefined> {
  try {
    const { plaintext } = await compactDecrypt(token, await imported(key), {
      keyManagementAlgorithms: ['dir'],
      contentEncryptionAlgorithms: ['A256GCM'],
    });
    const wire = wireClaims.parse(JSON.parse(new TextDecoder().decode(plaintext)));
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
  } catch {
    return undefined;
  }
}

/** `header..iv.ciphertext.tag`, each segment in the one base64url spelling of its bytes: no padding, no spare bits. */
function isCanonical(token: string): boolean {
  const segments = token.split('.');
  return (
    segments.length === 5 &&
    segments[1] === '' &&
    segments.every((segment, index) => index === 1 || (segment !== '' && isCanonicalSegment(segment)))
  );
}

function isCanonicalSegment(segment: string): boolean {
  return /^[A-Za-z0-9_-]+$/.test(segment) && segment.length % 4 !== 1 && base64url.encode(decode(segment)) === segment;
}

function decode(segment: string): Uint8Array {
  try {
    return base64url.decode(segment);
  } catch {
    return new Uint8Array();
  }
}

function protectedHeader(kid: string) {
  return { alg: 'dir', enc: 'A256GCM', kid } as const;
}

/** The header is ours to the byte, so comparing it leaves no room for `zip`, `crit` or another algorithm. */
function headerSegment(kid: string): string {
  return base64url.encode(JSON.stringify(protectedHeader(kid)));
}
