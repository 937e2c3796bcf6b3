import type { VariableRead } from './expression-references.js';

/**
 * What an expression reads that does no more than join texts and fields, as in `'orders/' & $run.date & '/'`. Nearly all in
 * schedules are of this form, and JSONata takes a tenth of a millisecond for its grammar before it parses any.
 * @returns undefined for every other source, valid or not: only JSONata can tell
 */
export function readsOfSimple(source: string): VariableRead[] | undefined {
  if (source.length > longest || !joined.test(source)) return undefined;
  const reads: VariableRead[] = [];
  for (const [term] of source.matchAll(terms)) {
    if (!term.startsWith('$')) continue;
    const [variable = '', ...names] = term.slice(1).split('.');
    if (names.some((name) => operators.has(name))) return undefined;
    reads.push({ variable, names, called: false });
  }
  return reads;
}

/** JSONata recurses over what is joined, and says when that is too deep. */
const longest = 2_000;

/** A text without escapes, or one of our variables with fields. */
const term = String.raw`(?:'[^'"\\]*'|"[^'"\\]*"|\$(?:run|input|steps|error)(?:\.[A-Za-z_][A-Za-z0-9_]*)*)`;
const space = String.raw`[ \t\n\r]*`;
const joined = new RegExp(`^${term}(?:${space}&${space}${term})*$`);
const terms = new RegExp(term, 'g');

/** Words that are no names everywhere in JSONata. */
const operators: ReadonlySet<string> = new Set(['and', 'or', 'in', 'true', 'false', 'null', 'function']);
