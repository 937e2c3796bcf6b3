import { z } from 'zod';
import { didYouMean, nearest } from '../nearest.js';
import { expressionExpected } from '../steps/step-kind.js';
import { type Fault, isRecord, type Path, valueAt } from './fault.js';

type RawIssue = z.core.$ZodRawIssue;
type Issue = z.core.$ZodIssue;

/** Error map of every parse of a definition: plain words, with what was expected and what was found. */
export function explain(issue: RawIssue): string | undefined {
  switch (issue.code) {
    case 'unrecognized_keys':
      // Carried to the finished issue, which no longer knows its schema: `faultsOf` looks for the nearest key.
      Object.assign(issue, { known: knownKeys(issue.inst) });
      return undefined;
    case 'invalid_type':
      if (issue.input === undefined) return `is missing${describe(issue.inst)}`;
      return `expected ${typeNames[issue.expected as string] ?? issue.expected}, found ${typeName(issue.input)}`;
    case 'invalid_value': {
      const values = issue.values as unknown[];
      const words = values.map((value) => JSON.stringify(value));
      const expected = words.length === 1 ? `expected ${words[0]}` : `expected one of ${words.join(', ')}`;
      if (issue.input === undefined) return `is missing: ${expected}`;
      const names = values.filter((value) => typeof value === 'string');
      return expected + (typeof issue.input === 'string' ? didYouMean(issue.input, names) : '');
    }
    case 'too_small':
      return bound(issue, 'at least', issue.minimum);
    case 'too_big':
      return bound(issue, 'at most', issue.maximum);
    case 'invalid_format':
      return formats[issue.format as string] ?? `not in the expected form (${issue.format})`;
    case 'invalid_union':
      return issue.input === undefined ? `is missing${describe(issue.inst)}` : undefined;
    default:
      return undefined;
  }
}

/**
 * The faults behind the issues of a failed parse: one for each unknown key, and of a union only what is wrong with the
 * alternative that was meant.
 *
 * @param anyStep checks what all steps share, for a step whose kind is unknown
 */
export function faultsOf(issues: readonly Issue[], root: unknown, anyStep?: z.ZodType, base: Path = []): Fault[] {
  return issues.flatMap((issue): Fault[] => {
    const path = [...base, ...(issue.path as Path)];
    const value = valueAt(root, path);
    const nested = (inner: readonly Issue[], at: Path) => faultsOf(inner, root, anyStep, at);
    switch (issue.code) {
      case 'unrecognized_keys': {
        const known = (issue as { known?: string[] }).known ?? [];
        return issue.keys.map((key) => unknownKey([...path, key], known, root));
      }
      case 'invalid_union': {
        if (anyStep !== undefined && 'discriminator' in issue && issue.errors.length === 0) {
          return unknownKind(path, value, issue as { options?: unknown[] }, root, anyStep, nested);
        }
        if (value === undefined) return [{ path, message: issue.message }];
        return nested(meantAlternative(issue.errors, value), path);
      }
      case 'invalid_key':
        return [{ path, message: issue.issues[0]?.message ?? issue.message, value: path.at(-1), atKey: true }];
      default:
        return [{ path, message: issue.message, value }];
    }
  });
}

function unknownKey(path: Path, known: string[], root: unknown): Fault {
  const key = String(path.at(-1));
  const suggestion = didYouMean(key, known);
  const list = suggestion === '' && known.length > 0 ? `; known here: ${known.join(', ')}` : suggestion;
  return { path, message: `unknown key ${JSON.stringify(key)}${list}`, value: valueAt(root, path), atKey: true };
}

function unknownKind(
  path: Path,
  value: unknown,
  issue: { options?: unknown[] },
  root: unknown,
  anyStep: z.ZodType,
  nested: (inner: readonly Issue[], at: Path) => Fault[],
): Fault[] {
  const kinds = (issue.options ?? []).filter((option) => typeof option === 'string');
  const list = `the kinds are ${kinds.join(', ')}`;
  const parent = path.slice(0, -1);
  const rest = anyStep.safeParse(valueAt(root, parent), { error: explain });
  const message =
    value === undefined
      ? `is missing: ${list}`
      : typeof value === 'string'
        ? `unknown step kind ${JSON.stringify(value)}${didYouMean(value, kinds)}${didYouMean(value, kinds) ? ' ' : '; '}${list}`
        : `expected the name of a step kind, found ${typeName(value)}; ${list}`;
  return [{ path, message, value }, ...(rest.success ? [] : nested(rest.error.issues, parent))];
}

/**
 * Of the failed alternatives of a union the one whose own level fits best. A wrong type rules an alternative out; a
 * missing or unknown key speaks against it; what is wrong deeper inside does not. Where all are of the wrong type, the
 * messages become one.
 */
function meantAlternative(alternatives: readonly (readonly Issue[])[], value: unknown): readonly Issue[] {
  const fitting = alternatives.filter((issues) => !issues.some((issue) => isWrongType(issue)));
  if (fitting.length === 0) return [mergeWrongTypes(alternatives)];
  return fitting.reduce((best, issues) => (misfit(issues, value) < misfit(best, value) ? issues : best));
}

function isWrongType(issue: Issue): boolean {
  if (issue.path.length > 0) return false;
  return issue.code === 'invalid_type' || issue.code === 'invalid_value' || issue.message === expressionExpected;
}

function misfit(issues: readonly Issue[], value: unknown): number {
  return issues.reduce((sum, issue) => {
    if (issue.code === 'unrecognized_keys' && issue.path.length === 0) {
      const known = (issue as { known?: string[] }).known ?? [];
      return sum + issue.keys.reduce((cost, unknown) => cost + (nearest(unknown, known) === undefined ? 1 : 0.5), 0);
    }
    const [key] = issue.path;
    const missing = issue.path.length === 1 && isRecord(value) && !Object.hasOwn(value, String(key));
    return sum + (missing ? 1 : 0);
  }, 0);
}

function mergeWrongTypes(alternatives: readonly (readonly Issue[])[]): Issue {
  const isExpression = (issue: Issue) => issue.message === expressionExpected;
  // "or an expression" comes last, after what the key is really for.
  const issues = alternatives.flatMap((alternative) => alternative.find(isWrongType) ?? []);
  const ordered = [...issues.filter((issue) => !isExpression(issue)), ...issues.filter(isExpression)];
  const parts = ordered.map(({ message }) => /^expected (.*?)((?:, found |; did you mean ).*)?$/.exec(message));
  const expected = [...new Set(parts.flatMap((part) => part?.[1] ?? []))];
  const found = parts.flatMap((part) => part?.[2] ?? []).at(0) ?? '';
  return { code: 'custom', path: [], message: `expected ${expected.join(' or ')}${found}`, input: undefined };
}

function knownKeys(schema: unknown): string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape).filter((key) => key !== '$schema') : [];
}

function describe(schema: unknown): string {
  const description = schema instanceof z.ZodType ? schema.description : undefined;
  return description === undefined ? '' : ` (${description})`;
}

const typeNames: Record<string, string> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return typeNames[typeof value] ?? typeof value;
}

const formats: Record<string, string> = {
  email: 'not a mail address',
  url: 'not an http or https address',
  date: 'not a date: write YYYY-MM-DD',
  datetime: 'not an instant: write ISO 8601 with an offset, such as 2026-12-24T18:00:00Z',
};

function bound(issue: RawIssue, words: string, limit: unknown): string {
  const unit =
    { string: ' characters', array: ' entries', record: ' keys', object: ' keys' }[String(issue.origin)] ?? '';
  const many =
    limit === 1 && unit === ' entries' ? ' entry' : limit === 1 && unit === ' characters' ? ' character' : unit;
  const strict = issue.inclusive === false ? (words === 'at least' ? 'more than' : 'less than') : words;
  return `must have ${strict} ${limit}${many}`.replace(/^must have (.*\d)$/, 'must be $1');
}
