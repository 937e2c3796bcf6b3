import { expressionSource } from '../../expression.js';
import { didYouMean } from '../../nearest.js';
import type { RegisteredWorkflow } from '../../workflow-registry.js';
import { type Fault, formatPath, isRecord, type Path, valueAt } from '../fault.js';
import { explain, faultsOf } from '../messages.js';

export type Workflows = Readonly<Record<string, RegisteredWorkflow>>;

/**
 * A workflow must be registered, and an input must match its schema as far as it is known now: what expressions stand for is
 * checked when they are evaluated.
 */
export function checkWorkflowInput(
  name: unknown,
  namePath: Path,
  input: unknown,
  inputPath: Path,
  workflows: Workflows,
): Fault[] {
  if (typeof name !== 'string' || name === '' || expressionSource(name) !== undefined) return [];
  const registered = Object.hasOwn(workflows, name) ? workflows[name] : undefined;
  if (registered === undefined) {
    const known = Object.keys(workflows);
    const list = known.length === 0 ? 'none is registered' : `registered are ${known.join(', ')}`;
    const hint = didYouMean(name, known);
    return [
      {
        path: namePath,
        message: `no workflow is registered as "${name}"${hint === '' ? `; ${list}` : hint}`,
        value: name,
      },
    ];
  }
  const open = expressionPaths(input, []);
  if (open.some((path) => path.length === 0)) return [];
  const given = input ?? {};
  const parsed = registered.input.safeParse(given, { error: explain });
  if (parsed.success) return [];
  return faultsOf(parsed.error.issues, given)
    .filter((fault) => isKnownNow(fault, open))
    .map((fault) => ({
      ...fault,
      path: [...inputPath, ...fault.path],
      message: `${fault.message} (input of workflow "${name}")`,
    }));

  function isKnownNow(fault: Fault, expressions: Path[]): boolean {
    if (fault.atKey || valueAt(given, fault.path) === undefined) return true;
    const at = formatPath(fault.path);
    return !expressions.some((path) => formatPath(path) === at || isInside(path, fault.path));
  }
}

/** Is `path` below `ancestor`? */
function isInside(path: Path, ancestor: Path): boolean {
  return path.length > ancestor.length && ancestor.every((part, index) => part === path[index]);
}

function expressionPaths(value: unknown, path: Path): Path[] {
  if (typeof value === 'string') return expressionSource(value) === undefined ? [] : [path];
  if (Array.isArray(value)) return value.flatMap((item, index) => expressionPaths(item, [...path, index]));
  if (isRecord(value)) return Object.entries(value).flatMap(([key, item]) => expressionPaths(item, [...path, key]));
  return [];
}
