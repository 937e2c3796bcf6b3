import jsonata from 'jsonata';
import { collectReads, type ExpressionReferences } from './expression-references.js';
import { readsOfSimple } from './simple-expression.js';

/** JSONata between `{%` and `%}`, the whole string, as in AWS Step Functions. */
const whole = /^\{%([\s\S]*)%\}$/;

/** The JSONata source of an expression string, or undefined when the string is plain text. */
export function expressionSource(text: string): string | undefined {
  return whole.exec(text)?.[1]?.trim();
}

/** True for text that someone meant as an expression but that would be taken literally. */
export function looksLikeExpression(text: string): boolean {
  return text.includes('{%') || text.includes('%}');
}

export type ExpressionCheck = { ok: true; references: ExpressionReferences } | { ok: false; message: string };

/** Parses a JSONata source and lists what it refers to; never evaluates. */
export function checkExpression(source: string): ExpressionCheck {
  const reads = readsOfSimple(source);
  if (reads !== undefined) return { ok: true, references: { reads } };
  const known = checked.get(source);
  if (known !== undefined) return known;
  const check = parseExpression(source);
  if (checked.size >= mostChecked) checked.clear();
  checked.set(source, check);
  return check;
}

/** Schedules share expressions, such as the date of a run, and JSONata builds its grammar anew for each. */
const checked = new Map<string, ExpressionCheck>();
const mostChecked = 500;

function parseExpression(source: string): ExpressionCheck {
  if (source === '') return { ok: false, message: 'the expression is empty' };
  try {
    return { ok: true, references: collectReads(jsonata(source).ast()) };
  } catch (error) {
    return { ok: false, message: syntaxMessage(source, error) };
  }
}

function syntaxMessage(source: string, error: unknown): string {
  if (/%\}[\s\S]*\{%/.test(source)) {
    return "an expression is the whole string, and one only: join texts inside it, as in {% $run.date & '/' & $run.id %}";
  }
  if (error instanceof RangeError) return 'the expression is nested too deeply';
  const { message, position } = error as { message?: string; position?: number };
  const at = position === undefined ? '' : ` at character ${position}`;
  return `not valid JSONata${at}: ${message ?? String(error)}`;
}
