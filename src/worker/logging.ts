import type { Logger, LogLevel, LogMetadata } from '@temporalio/worker';
import { type DestinationStream, pino } from 'pino';

/** Metadata of the SDK that goes into each line, under the names that Temporal's own UI uses. Payloads are never among it. */
const kept = [
  'workflowId',
  'runId',
  'workflowType',
  'activityId',
  'activityType',
  'attempt',
  'taskQueue',
  'namespace',
  'durationMs',
  'sdkComponent',
] as const;

const levels = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;

/** JSON lines, to standard output unless said. */
export function createLogger(level: string, destination?: DestinationStream) {
  const options = {
    level,
    base: { service: 'worker' },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}

export type JsonLogger = ReturnType<typeof createLogger>;

/** The SDK's logger as JSON lines with workflow and step ids. An activity's id is the id of its step. */
export function temporalLogger(logger: JsonLogger): Logger {
  const log = (level: LogLevel, message: string, meta: LogMetadata = {}): void => {
    logger[levels[level]](fieldsOf(meta), message);
  };
  return {
    log,
    trace: (message, meta) => log('TRACE', message, meta),
    debug: (message, meta) => log('DEBUG', message, meta),
    info: (message, meta) => log('INFO', message, meta),
    warn: (message, meta) => log('WARN', message, meta),
    error: (message, meta) => log('ERROR', message, meta),
  };
}

function fieldsOf(meta: LogMetadata): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const name of kept) if (meta[name] !== undefined) fields[name] = meta[name];
  if (meta.activityId !== undefined) fields.step = meta.activityId;
  const { error } = meta;
  if (error instanceof Error) {
    const { name, message, stack = '' } = error;
    // A run that failed repeats the message of its step, which may be what a partner sent: the history has it, a log must not.
    fields.error =
      meta.workflowType !== undefined && meta.activityId === undefined
        ? { kind: /^\w+/.exec(stack)?.[0] ?? name, stack: framesOf(stack) }
        : { kind: (error as { type?: string }).type ?? name, message, stack };
  }
  return fields;
}

/** A stack without the message that it begins with. */
function framesOf(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .join('\n');
}
