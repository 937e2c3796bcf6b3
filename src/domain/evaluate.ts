import jsonata from 'jsonata';
import { expressionSource } from './expression.js';

/** What `{% … %}` can read. Shapes: DESIGN §3. */
export interface ExpressionScope {
  run: RunScope;
  input: unknown;
  steps: Record<string, { output: unknown; status: string; error?: unknown }>;
  /** Only in `onFailure` steps. */
  error?: unknown;
}

export interface RunScope {
  /** Workflow id. */
  id: string;
  scheduleId: string;
  /** Nominal time, ISO 8601 UTC. */
  scheduledTime: string;
  /** Calendar date of `scheduledTime` in the schedule's timezone, `YYYY-MM-DD`. */
  date: string;
  backfillId: string | null;
  trigger: 'schedule' | 'manual' | 'backfill';
}

/** An expression that could not be evaluated: where it stands and why. */
export class ExpressionError extends Error {
  override readonly name = 'ExpressionError';
  constructor(
    readonly path: string,
    readonly source: string,
    reason: string,
  ) {
    super(`${path}: {% ${source} %} failed: ${reason}`);
  }
}

/** Nodes evaluated, and depth, after which an expression is stopped: a count and not a clock, so a replay stops at the same place. */
const maxNodes = 200_000;
const maxDepth = 500;

/**
 * Replaces every `{% … %}` string in a value by what it evaluates to; everything else is copied.
 * A field whose expression yields nothing is left out, as JSON has no undefined.
 *
 * @throws ExpressionError naming the path of the first expression that failed
 */
export async function evaluateAll(value: unknown, scope: ExpressionScope, path: string): Promise<unknown> {
  const results = new Map<string, unknown>();
  // Found and replaced without promises: inside a workflow each one costs a stack trace.
  for (const [at, source] of findExpressions(value, path)) results.set(at, await evaluate(source, scope, at));
  return results.size === 0 ? value : replaceExpressions(value, path, results);
}

/** True when a value holds an expression anywhere: most steps have none to wait for. */
export function hasExpressions(value: unknown): boolean {
  return findExpressions(value, '').length > 0;
}

function findExpressions(value: unknown, path: string, found: [string, string][] = []): [string, string][] {
  if (typeof value === 'string') {
    const source = expressionSource(value);
    if (source !== undefined) found.push([path, source]);
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) findExpressions(item, `${path}[${index}]`, found);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) findExpressions(item, `${path}.${key}`, found);
  }
  return found;
}

function replaceExpressions(value: unknown, path: string, results: ReadonlyMap<string, unknown>): unknown {
  if (typeof value === 'string') return results.has(path) ? results.get(path) : value;
  if (Array.isArray(value)) return value.map((item, index) => replaceExpressions(item, `${path}[${index}]`, results));
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, item]) => [key, replaceExpressions(item, `${path}.${key}`, results)] as const)
        .filter(([, item]) => item !== undefined),
    );
  }
  return value;
}

/** Evaluates one JSONata source. @throws ExpressionError on a type error or when it does not end. */
export async function evaluate(source: string, scope: ExpressionScope, path: string): Promise<unknown> {
  try {
    const expression = jsonata(source);
    limit(expression);
    const result = await expression.evaluate({}, { ...scope });
    return toPlain(result);
  } catch (error) {
    throw new ExpressionError(path, source, (error as Error).message ?? String(error));
  }
}

/** JSONata marks its sequences with extra properties and may return functions; JSON carries neither. */
function toPlain(value: unknown): unknown {
  if (value === undefined || typeof value === 'function') return undefined;
  return JSON.parse(JSON.stringify(value));
}

/** Stops endless loops and recursion through the hooks that JSONata's own exerciser uses. */
function limit(expression: jsonata.Expression): void {
  let nodes = 0;
  let depth = 0;
  expression.assign(Symbol.for('jsonata.__evaluate_entry') as unknown as string, () => {
    nodes += 1;
    depth += 1;
    if (nodes > maxNodes || depth > maxDepth) throw new Error('the expression does not end: simplify it');
  });
  expression.assign(Symbol.for('jsonata.__evaluate_exit') as unknown as string, () => {
    depth -= 1;
  });
}
