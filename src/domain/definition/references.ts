import { z } from 'zod';
import type { StepError } from '../errors.js';
import type { RunScope } from '../evaluate.js';
import { checkExpression, expressionSource, looksLikeExpression } from '../expression.js';
import { builtInFunctions, type VariableRead } from '../expression-references.js';
import { didYouMean } from '../nearest.js';
import { isStepUses, stepKinds } from '../steps/registry.js';
import { type Fault, field, formatPath, isRecord, type Path } from './fault.js';
import { type PlacedStep, stepsOf } from './placed-step.js';

// Records, so that a new field of the type is missed by the compiler and not by a user.
const runFields = Object.keys({
  id: true,
  scheduleId: true,
  scheduledTime: true,
  date: true,
  backfillId: true,
  trigger: true,
} satisfies Record<keyof RunScope, true>);
const errorFields = Object.keys({
  kind: true,
  message: true,
  retryable: true,
  step: true,
  details: true,
} satisfies Record<keyof StepError, true>);
const stepResultFields = ['output', 'status', 'error'];

/**
 * Faults of every expression in the steps of a definition that may not have parsed: syntax, variables and fields that do not
 * exist, steps that have not run by then.
 */
export function checkExpressions(definition: unknown): Fault[] {
  const steps = stepsOf(definition);
  return steps.flatMap((step) =>
    ['if', 'with'].flatMap((key) =>
      textsIn(field(step.value, key), [...step.path, key]).flatMap(({ path, text }) =>
        checkText(path, text, step, steps),
      ),
    ),
  );
}

/** Expressions where nothing evaluates them would reach the run as plain text. */
export function checkNoExpressions(value: unknown, path: Path, why: string): Fault[] {
  return textsIn(value, path)
    .filter(({ text }) => expressionSource(text) !== undefined || looksLikeExpression(text))
    .map(({ path: at, text }) => ({ path: at, message: `an expression is not evaluated here: ${why}`, value: text }));
}

/** Every text inside a value, with its path. */
function textsIn(value: unknown, path: Path): { path: Path; text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (Array.isArray(value)) return value.flatMap((item, index) => textsIn(item, [...path, index]));
  if (isRecord(value)) return Object.entries(value).flatMap(([key, item]) => textsIn(item, [...path, key]));
  return [];
}

function checkText(path: Path, text: string, step: PlacedStep, steps: PlacedStep[]): Fault[] {
  const source = expressionSource(text);
  if (source === undefined) {
    if (!looksLikeExpression(text)) return [];
    const message = "an expression is the whole text: write {% 'orders/' & $run.date %} and not orders/{% $run.date %}";
    return [{ path, message, value: text }];
  }
  const check = checkExpression(source);
  if (!check.ok) return [{ path, message: check.message, value: text }];
  const messages = check.references.reads.map((read) => readFault(read, step, steps));
  return [...new Set(messages)]
    .filter((message) => message !== undefined)
    .map((message) => ({ path, message, value: text }));
}

function readFault(read: VariableRead, step: PlacedStep, steps: PlacedStep[]): string | undefined {
  const { variable, names } = read;
  const [first] = names;
  const readable = step.list === 'onFailure' ? ['run', 'input', 'steps', 'error'] : ['run', 'input', 'steps'];
  if (read.called) return callFault(variable, step);
  if (variable === 'error' && step.list !== 'onFailure') {
    return '$error can be read in the steps of onFailure only; a step that went on has $steps.<id>.error';
  }
  if (!readable.includes(variable)) {
    const known = readable.map((name) => `$${name}`);
    return `unknown variable $${variable}${didYouMean(`$${variable}`, known, String)}${didYouMean(`$${variable}`, known, String) ? ' ' : '; '}expressions read ${known.join(', ')}`;
  }
  if (read.bracket !== undefined && variable !== 'input') {
    return `$${variable}["${read.bracket}"] filters and does not select in JSONata; write $${variable}.${read.bracket}`;
  }
  if (first === undefined || variable === 'input') return undefined;
  if (variable === 'run') return unknownField('$run', first, runFields);
  if (variable === 'error') return unknownField('$error', first, errorFields);
  return stepFault(names, step, steps);
}

function callFault(name: string, step: PlacedStep): string | undefined {
  if (name !== 'error') {
    return `unknown function $${name}${didYouMean(
      `$${name}`,
      [...builtInFunctions].map((known) => `$${known}`),
      String,
    )}`;
  }
  return step.list === 'onFailure' ? '$error is what failed here and no function' : undefined;
}

/** `$steps.<id>` must have run before; its fields, and those of an output with a fixed shape, must exist. */
function stepFault([id = '', ...rest]: string[], step: PlacedStep, steps: PlacedStep[]): string | undefined {
  const target = steps.find((candidate) => candidate.id === id);
  if (target === undefined) {
    const earlier = steps.slice(0, step.order).flatMap((candidate) => candidate.id ?? []);
    const known = earlier.length === 0 ? '; no step runs before this one' : `; earlier steps are ${earlier.join(', ')}`;
    const suggestion = didYouMean(id, earlier);
    return `$steps.${id}: there is no step "${id}"${suggestion === '' ? known : suggestion}`;
  }
  if (target.order === step.order) return `$steps.${id}: the step reads itself, before it has run`;
  if (target.order > step.order) {
    return `$steps.${id}: the step "${id}" runs later (${formatPath(target.path)}); only earlier steps can be read`;
  }
  const [part, name] = rest;
  if (part === undefined) return undefined;
  const fault = unknownField(`$steps.${id}`, part, stepResultFields);
  if (fault !== undefined || part !== 'output' || name === undefined) return fault;
  const shape = outputFields(target.uses);
  return shape === undefined ? undefined : unknownField(`$steps.${id}.output`, name, shape);
}

/** Output fields of a kind whose output has a fixed shape. */
function outputFields(uses: unknown): string[] | undefined {
  if (typeof uses !== 'string' || !isStepUses(uses)) return undefined;
  const { output } = stepKinds[uses];
  return output instanceof z.ZodObject ? Object.keys(output.shape) : undefined;
}

function unknownField(owner: string, name: string, fields: string[]): string | undefined {
  if (fields.includes(name)) return undefined;
  const suggestion = didYouMean(name, fields, (text) => `${owner}.${text}`);
  const list = fields.length === 0 ? '; it is empty' : `; there are ${fields.join(', ')}`;
  return `${owner} has no field "${name}"${suggestion === '' ? list : suggestion}`;
}
