import jsonata from 'jsonata';

/** JSONata between `{%` and `%}`, the whole string, as in AWS Step Functions. */
const whole = /^\{%([\s\S]*)%\}$/;

/** Variables that an expression may name; anything else is a typo. */
export type ExpressionVariable = 'run' | 'input' | 'steps' | 'error';

/** The JSONata source of an expression string, or undefined when the string is plain text. */
export function expressionSource(text: string): string | undefined {
  return whole.exec(text)?.[1]?.trim();
}

/** True for text that someone meant as an expression but that would be taken literally. */
export function looksLikeExpression(text: string): boolean {
  return text.includes('{%') || text.includes('%}');
}

export interface ExpressionReferences {
  /** Step ids read through `$steps.<id>`, in order of appearance. */
  steps: string[];
  /** Every `$name` that the expression reads and does not define itself. */
  variables: string[];
}

export type ExpressionCheck = { ok: true; references: ExpressionReferences } | { ok: false; message: string };

/** Parses a JSONata source and lists what it refers to; never evaluates. */
export function checkExpression(source: string): ExpressionCheck {
  if (source === '') return { ok: false, message: 'empty expression' };
  let ast: AstNode;
  try {
    ast = jsonata(source).ast() as AstNode;
  } catch (error) {
    const { message, position } = error as { message?: string; position?: number };
    const at = position === undefined ? '' : ` at character ${position}`;
    return { ok: false, message: `not valid JSONata${at}: ${message ?? String(error)}` };
  }
  const references: ExpressionReferences = { steps: [], variables: [] };
  collect(ast, references, new Set());
  return { ok: true, references };
}

interface AstNode {
  type?: string;
  value?: unknown;
  steps?: AstNode[];
  lhs?: unknown;
  arguments?: AstNode[];
  body?: AstNode;
  [key: string]: unknown;
}

/** Functions that JSONata brings; a `$name(...)` outside them is a typo. Read from the library, not listed by hand. */
function isKnownFunction(name: string): boolean {
  return builtIns.has(name);
}

const builtIns = new Set(
  // biome-ignore format: one line a family
  ['sum', 'count', 'max', 'min', 'average', 'string', 'substring', 'substringBefore', 'substringAfter', 'lowercase', 'uppercase',
   'length', 'trim', 'pad', 'match', 'contains', 'replace', 'split', 'join', 'formatNumber', 'formatBase', 'formatInteger',
   'parseInteger', 'number', 'floor', 'ceil', 'round', 'abs', 'sqrt', 'power', 'random', 'boolean', 'not', 'map', 'zip', 'filter',
   'single', 'reduce', 'sift', 'keys', 'lookup', 'append', 'exists', 'spread', 'merge', 'reverse', 'each', 'error', 'assert', 'type',
   'sort', 'shuffle', 'distinct', 'base64encode', 'base64decode', 'encodeUrlComponent', 'encodeUrl', 'decodeUrlComponent',
   'decodeUrl', 'eval', 'toMillis', 'fromMillis', 'clone', 'now', 'millis'],
);

function collect(node: unknown, found: ExpressionReferences, bound: Set<string>): void {
  if (Array.isArray(node)) {
    for (const child of node) collect(child, found, bound);
    return;
  }
  if (typeof node !== 'object' || node === null) return;
  const ast = node as AstNode;
  if (ast.type === 'path' && ast.steps) {
    const [head, next] = ast.steps;
    if (head?.type === 'variable' && head.value === 'steps' && typeof next?.value === 'string') {
      found.steps.push(next.value);
    }
  }
  if (ast.type === 'variable' && typeof ast.value === 'string') {
    const name = ast.value;
    // `$` and `$$` are the context and the root.
    if (name !== '' && name !== '$' && !bound.has(name) && !isKnownFunction(name)) found.variables.push(name);
    for (const key of ['predicate', 'stages', 'group']) collect(ast[key], found, bound);
    return;
  }
  if (ast.type === 'lambda') {
    const inner = new Set(bound);
    for (const parameter of ast.arguments ?? []) if (typeof parameter.value === 'string') inner.add(parameter.value);
    collect(ast.body, found, inner);
    return;
  }
  if (ast.type === 'block') {
    const inner = new Set(bound);
    for (const expression of (ast['expressions'] as AstNode[] | undefined) ?? []) collect(expression, found, inner);
    return;
  }
  if (ast.type === 'bind') {
    const left = ast.lhs as AstNode;
    // A function may call itself: its name is bound before its body is read.
    if (typeof left?.value === 'string') bound.add(left.value);
    collect(ast['rhs'], found, bound);
    return;
  }
  for (const [key, child] of Object.entries(ast)) if (key !== 'position') collect(child, found, bound);
}
