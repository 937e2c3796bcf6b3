import { type CallbackOperation, callbackOperation } from '../views.js';

/** Who a completing call says it is: Temporal keeps it in the event that ends the activity, and so remembers for us. */
export interface CallbackIdentity {
  jti: string;
  operation: CallbackOperation;
  /** Of the body as it was sent, 64 hexadecimal digits. */
  sha256: string;
}

const prefix = 'almanac-callback';

export function formatIdentity({ jti, operation, sha256 }: CallbackIdentity): string {
  return `${prefix}:${jti}:${operation}:${sha256}`;
}

export function parseIdentity(text: string | null | undefined): CallbackIdentity | undefined {
  const match = /^almanac-callback:([A-Za-z0-9_-]{22}):([a-z]+):([0-9a-f]{64})$/.exec(text ?? '');
  const operation = callbackOperation.safeParse(match?.[2]);
  if (!match || !operation.success) return undefined;
  return { jti: match[1] as string, operation: operation.data, sha256: match[3] as string };
}
