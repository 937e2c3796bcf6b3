import { RE2JS } from 're2js';
import { LineAutomaton } from './line-automaton.js';

/**
 * A regular expression with RE2's semantics that is searched in single lines, given as bytes. `literal` is a byte string that
 * every matching line holds: whoever scans a block looks for it first and asks only about the lines that have it.
 */
export interface LinePattern {
  readonly literal: Buffer | undefined;
  /** The expression is that literal and nothing else: a line that holds it matches. */
  readonly isLiteral: boolean;
  /** Does the expression match somewhere in `block[start, end)`, a line without its line break? */
  test(block: Buffer, start: number, end: number): boolean;
}

/** Compiles an expression that the definition's schema has accepted. */
export function compilePattern(expression: string): LinePattern {
  const regex = RE2JS.compile(expression);
  const { prefixComplete, prefixUTF8, prefilter } = regex.re2();
  const whole = prefixComplete ? bytesOf(prefixUTF8) : undefined;
  const required = whole === undefined ? requiredLiteral(prefilter) : undefined;
  const automaton = new LineAutomaton(regex);
  return {
    literal: whole ?? required,
    isLiteral: whole !== undefined,
    test: (block, start, end) => automaton.test(block, start, end) ?? regex.test(block.subarray(start, end)),
  };
}

/**
 * RE2JS works out which literals a match must hold: one (`EXACT`), several (`AND`), or one of several (`OR`, of no use here).
 * What can't be read as such is treated as if there were none: slower, not wrong.
 */
function requiredLiteral(prefilter: unknown): Buffer | undefined {
  if (typeof prefilter !== 'object' || prefilter === null || !('type' in prefilter)) return undefined;
  if (prefilter.type === prefilterType.exact && 'bytes' in prefilter) return bytesOf(prefilter.bytes);
  if (prefilter.type !== prefilterType.and || !('subs' in prefilter) || !Array.isArray(prefilter.subs))
    return undefined;
  const literals = prefilter.subs.map(requiredLiteral).filter((literal) => literal !== undefined);
  return literals.reduce<Buffer | undefined>((a, b) => (a === undefined || b.length > a.length ? b : a), undefined);
}

const prefilterType = { exact: 1, and: 2 };

function bytesOf(value: unknown): Buffer | undefined {
  if (!(value instanceof Uint8Array) && !Array.isArray(value)) return undefined;
  const bytes = Buffer.from(value);
  return bytes.length === 0 ? undefined : bytes;
}
