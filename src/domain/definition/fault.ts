import type { ErrorDetail } from '../errors.js';
import { expressionSource } from '../expression.js';

export type Path = readonly (string | number)[];

/** A fault in a definition before its file and line are known. */
export interface Fault {
  path: Path;
  message: string;
  value?: unknown;
  /** The fault is the key itself (unknown, not allowed here) and not its value. */
  atKey?: boolean;
}

/** `action.steps[2].with.headers["x-key"]`; empty for the document itself. */
export function formatPath(path: Path): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** A value as an error may show it: short, and nothing where a secret may stand. */
export function shownValue(path: Path, value: unknown): unknown {
  // Request headers carry keys, bodies whatever the partner wants; an expression says only where a value comes from.
  const isExpression = typeof value === 'string' && expressionSource(value) !== undefined;
  if (!isExpression && path.some((part) => part === 'headers' || part === 'body')) return undefined;
  if (typeof value === 'string') return value.length > 200 ? `${value.slice(0, 199)}…` : value;
  if (typeof value === 'object' && value !== null) {
    return JSON.stringify(value).length > 500 ? undefined : value;
  }
  return value;
}

/** What clients see of a fault. Place in the file is added by whoever knows the file. */
export function toDetail(fault: Fault): ErrorDetail {
  const value = shownValue(fault.path, fault.value);
  return { path: formatPath(fault.path), message: fault.message, ...(value === undefined ? {} : { value }) };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of a key of something that may be anything: rules run on what could not be parsed too. */
export function field(value: unknown, key: string): unknown {
  return isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

export function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

export function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const part of path) {
    value = typeof part === 'number' ? listOf(value)[part] : field(value, part);
  }
  return value;
}
