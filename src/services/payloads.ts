import type { Client } from '@temporalio/client';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import {
  decodeFromPayloadsAtIndex,
  decodeMapFromPayloads,
  encodeMapToPayloads,
  encodeToPayloads,
} from '@temporalio/common/lib/internal-non-workflow/index.js';

type Fields = Record<string, Payload>;

/** Values to payloads and back for the raw calls, by the client's own data converter; nothing goes to external storage. */
export interface Payloads {
  encode(...values: unknown[]): Promise<Payload[]>;
  encodeMap(values: Record<string, unknown>): Promise<Fields>;
  /** The first value; undefined when there is none. */
  decodeFirst(payloads: Payload[] | null | undefined): Promise<unknown>;
  decodeMap(fields: Fields | null | undefined): Promise<Record<string, unknown>>;
}

export function payloadsOf(client: Client): Payloads {
  const converter = client.options.loadedDataConverter;
  return {
    encode: async (...values) => (await encodeToPayloads(converter, ...values)) ?? [],
    encodeMap: (values) => encodeMapToPayloads(converter, values),
    decodeFirst: async (payloads) =>
      payloads?.length ? decodeFromPayloadsAtIndex<unknown>(converter, 0, payloads) : undefined,
    decodeMap: async (fields) => (await decodeMapFromPayloads(converter, fields)) ?? {},
  };
}

/**
 * Search attributes are read by the server, so they are plain JSON whatever the client's converter does. The server
 * knows their types by name.
 */
export function encodeSearchAttributes(values: Record<string, unknown>): Fields {
  return Object.fromEntries(
    Object.entries(values)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, defaultPayloadConverter.toPayload(value)]),
  );
}

/** One search attribute as text; undefined when it is not set. */
export function keywordOf(fields: Fields | null | undefined, name: string): string | undefined {
  return keywordsOf(fields, name)[0];
}

export function keywordsOf(fields: Fields | null | undefined, name: string): string[] {
  const payload = fields?.[name];
  if (!payload?.data?.length) return [];
  const value: unknown = defaultPayloadConverter.fromPayload(payload);
  return (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string');
}

/** A Datetime search attribute as ISO 8601 UTC with milliseconds; undefined when it is not set. */
export function instantOf(fields: Fields | null | undefined, name: string): string | undefined {
  const text = keywordOf(fields, name);
  const time = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString();
}
