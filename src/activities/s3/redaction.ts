import { RE2JS } from 're2js';
import { compilePattern, type LinePattern } from './line-pattern.js';

export interface Redaction {
  pattern: string;
  with: string;
}

/** A piece of a replacement: text, or the number of a group. */
type Piece = Buffer | number;

interface CompiledRedaction {
  readonly regex: RE2JS;
  readonly matches: LinePattern;
  readonly pieces: Piece[];
}

/** Replaces every match in a line; bytes outside of matches stay what they are, valid UTF-8 or not. */
export type Redactor = (line: Buffer) => Buffer;

/** @throws RangeError with a sentence for people, when a replacement names a group that its expression does not have. */
export function compileRedactions(redactions: readonly Redaction[]): Redactor | undefined {
  if (redactions.length === 0) return undefined;
  const compiled = redactions.map(({ pattern, with: replacement }): CompiledRedaction => {
    const regex = RE2JS.compile(pattern);
    return { regex, matches: compilePattern(pattern), pieces: parseReplacement(replacement, regex) };
  });
  return (line) => compiled.reduce(replaceAll, line);
}

function replaceAll(line: Buffer, { regex, matches, pieces }: CompiledRedaction): Buffer {
  if (matches.literal !== undefined && !line.includes(matches.literal)) return line;
  if (!matches.test(line, 0, line.length)) return line;
  const out: Buffer[] = [];
  const matcher = regex.matcher(line);
  let copied = 0;
  while (matcher.find()) {
    out.push(line.subarray(copied, matcher.start()));
    for (const piece of pieces) {
      if (typeof piece !== 'number') out.push(piece);
      else if (matcher.start(piece) >= 0) out.push(line.subarray(matcher.start(piece), matcher.end(piece)));
    }
    copied = matcher.end();
  }
  out.push(line.subarray(copied));
  return Buffer.concat(out);
}

/**
 * `$1` to `$99` and `${1}` are groups by number (`$0` the whole match; of two digits as many as still name a group), `${name}`
 * is a group by name, `$$` is a dollar sign, and any other `$` stands for itself.
 */
function parseReplacement(replacement: string, regex: RE2JS): Piece[] {
  const names = regex.namedGroups();
  const groups = regex.groupCount();
  const pieces: Piece[] = [];
  let copied = 0;
  for (const match of replacement.matchAll(/\$(?:(\$)|(\d{1,2})|\{(\w+)\})/g)) {
    pieces.push(Buffer.from(replacement.slice(copied, match.index)));
    copied = match.index + match[0].length;
    const [, dollar, digits, name] = match;
    if (dollar !== undefined) {
      pieces.push(Buffer.from('$'));
    } else if (digits !== undefined) {
      const number = Number(digits) > groups && digits.length === 2 ? Number(digits[0]) : Number(digits);
      copied -= digits.length - String(number).length;
      pieces.push(checkGroup(number, match[0]));
    } else if (name !== undefined) {
      pieces.push(checkGroup(/^\d+$/.test(name) ? Number(name) : names[name], match[0]));
    }
  }
  pieces.push(Buffer.from(replacement.slice(copied)));
  return pieces.filter((piece) => typeof piece === 'number' || piece.length > 0);

  function checkGroup(group: number | undefined, reference: string): number {
    if (group !== undefined && group <= groups) return group;
    const known = [...Array.from({ length: groups }, (_, index) => `$${index + 1}`), ...Object.keys(names)];
    throw new RangeError(
      `the replacement ${JSON.stringify(replacement)} refers to ${reference}, which the expression ${JSON.stringify(regex.pattern())} ` +
        `does not have (its groups: ${known.length === 0 ? 'none' : known.join(', ')})`,
    );
  }
}
