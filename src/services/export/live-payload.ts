import type { Payload } from '@temporalio/common';
import { z } from 'zod';
import type { Payloads } from '../payloads.js';

/** A payload as JSON, or why a file cannot hold it. */
export type PayloadJson = { json: unknown } | { problem: string };

const text = new TextDecoder();

/** Only what is plain JSON to every SDK comes back the same from a file; the rest is named by its encoding. */
export async function payloadJson(payloads: Payloads, payload: Payload): Promise<PayloadJson> {
  const encoding = text.decode(payload.metadata?.encoding ?? new Uint8Array());
  if (encoding === 'binary/null') return { json: null };
  let decoded: unknown;
  try {
    decoded = await payloads.decodeFirst([payload]);
  } catch {
    return { problem: `is encoded as ${encoding || 'nobody knows'}, which only its own application can read` };
  }
  if (encoding === 'binary/plain' || encoding.endsWith('protobuf')) return { problem: `is ${encoding} and not JSON` };
  const json = z.json().safeParse(decoded);
  if (!json.success) return { problem: `is ${encoding} and not JSON` };
  const number = encoding === 'json/plain' ? roundedNumber(text.decode(payload.data ?? new Uint8Array())) : undefined;
  return number === undefined ? { json: json.data } : { problem: `holds the number ${number}, which would be rounded` };
}

const quoted = /"(?:[^"\\]|\\.)*"/g;
const integer = /(?<![\d.eE+-])-?\d+(?![\d.eE])/g;

/** An integer beyond 2^53: other languages write them, JavaScript reads another number. */
function roundedNumber(json: string): string | undefined {
  return json
    .replace(quoted, '""')
    .match(integer)
    ?.find((digits) => !Number.isSafeInteger(Number(digits)));
}
