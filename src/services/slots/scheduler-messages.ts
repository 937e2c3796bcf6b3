import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import protos, { type temporal } from '@temporalio/proto';
import { Reader } from 'protobufjs/minimal.js';

type Payload = temporal.api.common.v1.IPayload;
type Payloads = temporal.api.common.v1.IPayloads | null | undefined;
const { Schedule, ScheduleInfo, SchedulePatch, ScheduleListInfo } = protos.temporal.api.schedule.v1;

/**
 * The messages in the history of Temporal's scheduler workflow. The outer ones are the server's own
 * (temporal/server/api/schedule/v1/message.proto of server 1.31.2) and in no package, so their fields are read by number.
 */

export interface StartScheduleArgs {
  schedule: temporal.api.schedule.v1.ISchedule;
  info: temporal.api.schedule.v1.IScheduleInfo;
  conflictToken: number;
  /** Undefined in the first run of a schedule. */
  lastProcessed: number | undefined;
}

export interface FullUpdateRequest {
  schedule: temporal.api.schedule.v1.ISchedule;
  conflictToken: number;
}

/** Another version of the server may write its history in another form. */
export class UnknownEncodingError extends Error {
  override readonly name = 'UnknownEncodingError';
}

/** @throws UnknownEncodingError */
export function readStartArgs(input: Payloads): StartScheduleArgs {
  const fields = messageFields(bytesOf(input));
  const state = messageFields(fields.bytes.get(4) ?? new Uint8Array());
  const lastProcessed = state.bytes.get(3);
  return {
    schedule: Schedule.decode(fields.bytes.get(1) ?? new Uint8Array()),
    info: ScheduleInfo.decode(fields.bytes.get(2) ?? new Uint8Array()),
    conflictToken: state.numbers.get(7) ?? 0,
    lastProcessed: lastProcessed && optionalTsToMs(protos.google.protobuf.Timestamp.decode(lastProcessed)),
  };
}

export function readUpdate(input: Payloads): FullUpdateRequest {
  const fields = messageFields(bytesOf(input));
  return {
    schedule: Schedule.decode(fields.bytes.get(1) ?? new Uint8Array()),
    conflictToken: fields.numbers.get(2) ?? 0,
  };
}

export function readPatch(input: Payloads): temporal.api.schedule.v1.ISchedulePatch {
  return SchedulePatch.decode(bytesOf(input));
}

/** What the scheduler keeps in its memo for `list`: bytes in a plain payload. */
export function readListInfo(payload: Payload): temporal.api.schedule.v1.IScheduleListInfo {
  return ScheduleListInfo.decode(payload.data ?? new Uint8Array());
}

function bytesOf(input: Payloads): Uint8Array {
  const [payload] = input?.payloads ?? [];
  const encoding = new TextDecoder().decode(payload?.metadata?.encoding ?? new Uint8Array());
  if (payload?.data && encoding === 'binary/protobuf') return payload.data;
  throw new UnknownEncodingError(`the scheduler's history is encoded as "${encoding}", which is not known here`);
}

/** Top-level fields by number; a field that comes twice counts with its last value. */
function messageFields(data: Uint8Array): { bytes: Map<number, Uint8Array>; numbers: Map<number, number> } {
  const reader = Reader.create(data);
  const bytes = new Map<number, Uint8Array>();
  const numbers = new Map<number, number>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) === 2) bytes.set(tag >>> 3, reader.bytes());
    else if ((tag & 7) === 0) numbers.set(tag >>> 3, Number(reader.int64()));
    else reader.skipType(tag & 7);
  }
  return { bytes, numbers };
}
