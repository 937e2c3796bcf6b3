/**
 * The one error type of Almanac and the one table that maps its codes to an HTTP status, a
 * command-line exit code and a Temporal (non-)retryable failure.
 */

/** One fault: where it is (file, line, path inside the document) and the value found there. */
export interface ErrorDetail {
  /** File as the user named it, relative to the working directory. */
  file?: string;
  /** 1-based. */
  line?: number;
  /** 1-based. */
  column?: number;
  /** Path inside the document, as in `action.steps[2].with.url`; empty for the document itself. */
  path: string;
  message: string;
  /** The value at fault, as it was found; left out where there is none or it may be secret. */
  value?: unknown;
}

interface ErrorMapping {
  /** Title of the RFC 9457 problem: the same for every occurrence of the code. */
  readonly title: string;
  readonly status: number;
  readonly exit: number;
  /** May the same call succeed later without a change by the caller? */
  readonly retryable: boolean;
}

export const errorTable = {
  'invalid-input': { title: 'Invalid input', status: 400, exit: 2, retryable: false },
  unauthenticated: { title: 'Not authenticated', status: 401, exit: 6, retryable: false },
  forbidden: { title: 'Not allowed', status: 403, exit: 6, retryable: false },
  'not-found': { title: 'Not found', status: 404, exit: 4, retryable: false },
  'method-not-allowed': { title: 'Method not allowed', status: 405, exit: 2, retryable: false },
  'already-exists': { title: 'Already exists', status: 409, exit: 5, retryable: false },
  conflict: { title: 'Conflict', status: 409, exit: 5, retryable: false },
  gone: { title: 'Gone', status: 410, exit: 4, retryable: false },
  'precondition-failed': { title: 'Precondition failed', status: 412, exit: 5, retryable: false },
  'too-large': { title: 'Too large', status: 413, exit: 2, retryable: false },
  'unsupported-media-type': { title: 'Unsupported media type', status: 415, exit: 2, retryable: false },
  'over-cap': { title: 'Over a cap', status: 422, exit: 2, retryable: false },
  throttled: { title: 'Too many requests', status: 429, exit: 1, retryable: true },
  unavailable: { title: 'Server unreachable', status: 503, exit: 7, retryable: true },
  failed: { title: 'Failed', status: 500, exit: 1, retryable: false },
  internal: { title: 'Internal error', status: 500, exit: 1, retryable: true },
} as const satisfies Record<string, ErrorMapping>;

export type ErrorCode = keyof typeof errorTable;

export interface AlmanacErrorOptions {
  details?: ErrorDetail[];
  cause?: unknown;
  /** Seconds after which a retryable call may be made again; becomes `Retry-After`. */
  retryAfter?: number;
  /** Only whoever runs Almanac can mend it, whatever the status says: the cause goes to the log of the API. */
  forOperator?: boolean;
}

/** Every expected failure of Almanac: a code of {@link errorTable}, a sentence for people, and all the faults at once. */
export class AlmanacError extends Error {
  override readonly name = 'AlmanacError';
  readonly code: ErrorCode;
  readonly details: ErrorDetail[];
  readonly retryAfter: number | undefined;
  readonly forOperator: boolean;

  constructor(code: ErrorCode, message: string, options: AlmanacErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.details = options.details ?? [];
    this.retryAfter = options.retryAfter;
    this.forOperator = options.forOperator ?? false;
  }

  get status(): number {
    return errorTable[this.code].status;
  }

  get exitCode(): number {
    return errorTable[this.code].exit;
  }

  get retryable(): boolean {
    return errorTable[this.code].retryable;
  }
}

/** What a failed step or run looks like in Temporal, in HTTP and in an `onFailure` expression (`$error`). */
export interface StepError {
  /** Failure kind: what `retry.nonRetryable` names, such as `HttpError`, `SourceChanged`, `Timeout`. */
  kind: string;
  message: string;
  retryable: boolean;
  /** Id of the step that failed; absent when the run itself failed. */
  step?: string;
  details?: unknown;
}

/** RFC 9457 problem document of an error. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  code: ErrorCode;
  detail: string;
  errors: ErrorDetail[];
}

export function toProblem(error: AlmanacError): Problem {
  return {
    type: `urn:almanac:error:${error.code}`,
    title: errorTable[error.code].title,
    status: error.status,
    code: error.code,
    detail: error.message,
    errors: error.details,
  };
}

/** `file:line:column path message (value)`: the line that the command line prints for one fault. */
export function formatDetail(detail: ErrorDetail): string {
  const place = [detail.file, detail.line, detail.column].filter((part) => part !== undefined).join(':');
  const value = detail.value === undefined ? '' : ` (found ${abbreviate(detail.value)})`;
  return [place, detail.path, `${detail.message}${value}`].filter((part) => part !== '').join(' ');
}

function abbreviate(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}
