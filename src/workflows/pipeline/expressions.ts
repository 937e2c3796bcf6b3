import { type ExpressionScope, evaluate, evaluateAll } from '../../domain/evaluate.js';

/** `evaluateAll` of the domain, at the speed that a workflow allows. */
export function evaluateFields(value: unknown, scope: ExpressionScope, path: string): Promise<unknown> {
  return withoutStacks(() => evaluateAll(value, scope, path));
}

/** `evaluate` of the domain, at the speed that a workflow allows. */
export function evaluateExpression(source: string, scope: ExpressionScope, path: string): Promise<unknown> {
  return withoutStacks(() => evaluate(source, scope, path));
}

/**
 * The SDK records a source-mapped stack trace for every promise that a workflow makes, for its stack trace query, and makes it with
 * the workflow's own `Error`. JSONata makes dozens of promises an expression; they settle among themselves within one activation,
 * so nobody can ever ask for their traces, which were a third of a worker's processor time. So errors have no stack meanwhile.
 */
function withoutStacks<T>(run: () => Promise<T>): Promise<T> {
  const original = globalThis.Error;
  globalThis.Error = StacklessError as unknown as ErrorConstructor;
  return run().finally(() => {
    globalThis.Error = original;
  });
}

class StacklessError {
  readonly name = 'Error';
  constructor(readonly message = '') {}
}
