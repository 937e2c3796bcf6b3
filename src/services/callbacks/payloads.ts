import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import type { Progress } from '../../domain/steps/registry.js';
import { progressView } from '../../domain/views.js';

type Payloads = temporal.api.common.v1.IPayloads;
type Timestamp = { seconds?: unknown; nanos?: number | null };

/** Milliseconds since the epoch of a protobuf timestamp; undefined where the server left it out. */
export function timestampMs(timestamp: Timestamp | null | undefined): number | undefined {
  if (timestamp?.seconds == null) return undefined;
  return Number(timestamp.seconds) * 1000 + Math.floor((timestamp.nanos ?? 0) / 1e6);
}

export function isoTime(timestamp: Timestamp | null | undefined): string | null {
  const ms = timestampMs(timestamp);
  return ms === undefined ? null : new Date(ms).toISOString();
}

/** Progress in the details of a heartbeat; undefined when there are none or they are something else. */
export async function readProgress(
  client: Client,
  details: Payloads | null | undefined,
): Promise<Progress | undefined> {
  const { payloadCodecs, payloadConverter } = client.options.loadedDataConverter;
  let payloads: Payload[] = details?.payloads ?? [];
  if (payloads.length === 0) return undefined;
  for (const codec of [...payloadCodecs].reverse()) payloads = await codec.decode(payloads);
  const [first] = payloads;
  if (first?.metadata === undefined || first.metadata === null) return undefined;
  const parsed = progressView.safeParse(payloadConverter.fromPayload(first));
  return parsed.success ? toProgress(parsed.data) : undefined;
}

function toProgress({ done, unit, total, rate, message }: ReturnType<typeof progressView.parse>): Progress {
  return {
    done,
    unit,
    ...(total === undefined ? {} : { total }),
    ...(rate === undefined ? {} : { rate }),
    ...(message === undefined ? {} : { message }),
  };
}
