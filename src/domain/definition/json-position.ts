import { createScanner, getNodeValue, type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { formatPath, type Path } from './fault.js';

export interface Position {
  /** 1-based. */
  line: number;
  /** 1-based, in UTF-16 units as editors count. */
  column: number;
}

export interface JsonFault extends Position {
  path: string;
  message: string;
}

export interface ParsedJson {
  /** Undefined when the text is not JSON at all. */
  value: unknown;
  faults: JsonFault[];
  /** Where a path stands; for a path that is absent, where its nearest ancestor stands. */
  positionOf(path: string, at?: 'key' | 'value'): Position;
}

interface Place {
  value: number;
  key?: number;
}

const maxDepth = 64;
const maxSyntaxFaults = 10;

/**
 * Parses strict JSON (RFC 8259) and keeps where everything stands. Comments, trailing commas and duplicate keys are
 * faults; a byte order mark is passed over. Where only those were found, the value is there all the same, so that the rest can be
 * checked too.
 */
export function parseJson(source: string): ParsedJson {
  const text = source.startsWith('\uFEFF') ? source.slice(1) : source;
  const position = positionsIn(text);
  const start = () => ({ line: 1, column: 1 });
  const { tooDeep, hasDuplicates } = scan(text);
  if (tooDeep !== undefined) {
    const message = `nested deeper than ${maxDepth} levels`;
    return { value: undefined, faults: [{ path: '', message, ...position(tooDeep) }], positionOf: start };
  }
  const value = hasDuplicates ? undefined : parseStrictly(text);
  if (value !== undefined) {
    // Positions are asked for only where something is wrong.
    let places: Map<string, Place> | undefined;
    return {
      value,
      faults: [],
      positionOf: (path, at = 'value') => {
        places ??= placesOf(parseTree(text));
        return placeOf(path, at, places, position);
      },
    };
  }
  const errors: ParseError[] = [];
  const tree = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  const faults = syntaxFaults(text, errors).map(({ offset, message }) => ({ path: '', message, ...position(offset) }));
  if (tree === undefined) return { value: undefined, faults, positionOf: start };
  const places = placesOf(tree, (path, offset) => {
    const message = `the key ${JSON.stringify(path.at(-1))} is given twice`;
    faults.push({ path: formatPath(path), message, ...position(offset) });
  });
  const usable = errors.every((error) => isHarmless(text, error));
  return {
    value: usable ? (errors.length === 0 ? JSON.parse(text) : getNodeValue(tree)) : undefined,
    faults,
    positionOf: (path, at = 'value') => placeOf(path, at, places, position),
  };
}

function parseStrictly(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

type OnDuplicate = (path: Path, offset: number) => void;

function placesOf(tree: Node | undefined, onDuplicate: OnDuplicate = () => undefined): Map<string, Place> {
  const places = new Map<string, Place>();
  if (tree !== undefined) walk(tree, [], places, onDuplicate);
  return places;
}

function placeOf(
  path: string,
  at: 'key' | 'value',
  places: Map<string, Place>,
  position: (offset: number) => Position,
): Position {
  const exact = places.get(path);
  if (exact !== undefined) return position(at === 'key' ? (exact.key ?? exact.value) : exact.value);
  return position(nearestAncestor(path, places));
}

function walk(node: Node, path: Path, places: Map<string, Place>, onDuplicate: OnDuplicate) {
  const text = formatPath(path);
  places.set(text, { ...places.get(text), value: node.offset });
  if (node.type === 'array') {
    for (const [index, child] of (node.children ?? []).entries()) walk(child, [...path, index], places, onDuplicate);
  }
  if (node.type !== 'object') return;
  const seen = new Set<string>();
  for (const property of node.children ?? []) {
    const [key, value] = property.children ?? [];
    if (key === undefined) continue;
    const name = String(key.value);
    const inner = [...path, name];
    if (seen.has(name)) onDuplicate(inner, key.offset);
    seen.add(name);
    places.set(formatPath(inner), { key: key.offset, value: key.offset });
    if (value !== undefined) walk(value, inner, places, onDuplicate);
  }
}

function nearestAncestor(path: string, places: Map<string, Place>): number {
  let rest = path;
  while (rest !== '') {
    const cut = Math.max(rest.lastIndexOf('.'), rest.lastIndexOf('['));
    rest = cut < 0 ? '' : rest.slice(0, cut);
    const place = places.get(rest);
    if (place !== undefined) return place.value;
  }
  return places.get('')?.value ?? 0;
}

function positionsIn(text: string): (offset: number) => Position {
  let lineStarts: number[] | undefined;
  return (offset) => {
    lineStarts ??= lineStartsOf(text);
    let low = 0;
    let high = lineStarts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
  };
}

function lineStartsOf(text: string): number[] {
  return [0, ...Array.from(text.matchAll(/\r\n|\r|\n/g), (match) => match.index + match[0].length)];
}

interface Scanned {
  /** Offset of the first bracket that is too deep: parsers recurse, and a hostile file must not end the process. */
  tooDeep?: number;
  /** Some object has a key twice, of which JSON.parse says nothing. */
  hasDuplicates: boolean;
}

/** One pass over the tokens, whatever they are. */
function scan(text: string): Scanned {
  const scanner = createScanner(text, true);
  const keys: Set<string>[] = [];
  let hasDuplicates = false;
  let name: string | undefined;
  for (let token = scanner.scan(); token !== SyntaxKind.EOF; token = scanner.scan()) {
    if (token === SyntaxKind.OpenBrace || token === SyntaxKind.OpenBracket) keys.push(new Set());
    if (token === SyntaxKind.CloseBrace || token === SyntaxKind.CloseBracket) keys.pop();
    if (keys.length > maxDepth) return { tooDeep: scanner.getTokenOffset(), hasDuplicates };
    if (token === SyntaxKind.Colon && name !== undefined) {
      const known = keys.at(-1);
      hasDuplicates ||= known?.has(name) ?? false;
      known?.add(name);
    }
    name = token === SyntaxKind.String ? scanner.getTokenValue() : undefined;
  }
  return { hasDuplicates };
}

/** Values of the package's `const enum SyntaxKind`, which isolated modules cannot read. */
const SyntaxKind = {
  OpenBrace: 1,
  CloseBrace: 2,
  OpenBracket: 3,
  CloseBracket: 4,
  Colon: 6,
  String: 10,
  EOF: 17,
} as const;

function syntaxFaults(text: string, errors: ParseError[]): { offset: number; message: string }[] {
  const faults: { offset: number; message: string }[] = [];
  for (const error of errors) {
    // One slip is often reported from several grammar rules, and upsets the rest of its line.
    const last = faults.at(-1);
    const near = last !== undefined && !text.slice(last.offset, error.offset).includes('\n');
    if (near && !(last.offset < error.offset && isHarmless(text, error))) continue;
    faults.push({ offset: error.offset, message: `not valid JSON: ${reason(text, error)}` });
  }
  return faults.slice(0, maxSyntaxFaults);
}

const reasons: Partial<Record<ReturnType<typeof printParseErrorCode>, string>> = {
  InvalidSymbol: 'unknown word; text stands in double quotes',
  InvalidNumberFormat: 'not a number as JSON writes them',
  PropertyNameExpected: 'a key in double quotes is expected',
  ValueExpected: 'a value is expected',
  ColonExpected: 'a colon is expected',
  CommaExpected: 'a comma is expected',
  CloseBraceExpected: 'a closing } is expected',
  CloseBracketExpected: 'a closing ] is expected',
  EndOfFileExpected: 'nothing may follow the document',
  InvalidCommentToken: 'comments are not allowed; use "description" or "comment"',
  UnexpectedEndOfComment: 'comments are not allowed, and this one has no end',
  UnexpectedEndOfString: 'the text has no closing quote on its line',
  UnexpectedEndOfNumber: 'not a number as JSON writes them',
  InvalidUnicode: '\\u must be followed by four hexadecimal digits',
  InvalidEscapeCharacter: 'unknown escape; a backslash itself is written \\\\',
  InvalidCharacter: 'control characters are written as escapes, such as \\n or \\t',
};

function reason(text: string, error: ParseError): string {
  if (text.trim() === '') return 'the file is empty';
  if (isTrailingComma(text, error)) return 'no comma after the last entry';
  const code = printParseErrorCode(error.error);
  return reasons[code] ?? code;
}

/** Faults after which the text still has one clear reading. */
function isHarmless(text: string, error: ParseError): boolean {
  return printParseErrorCode(error.error) === 'InvalidCommentToken' || isTrailingComma(text, error);
}

function isTrailingComma(text: string, error: ParseError): boolean {
  const code = printParseErrorCode(error.error);
  if (code !== 'ValueExpected' && code !== 'PropertyNameExpected') return false;
  return /,\s*$/.test(text.slice(0, error.offset)) && /^[\]}]/.test(text.slice(error.offset));
}
