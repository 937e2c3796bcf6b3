/** What a JSONata expression reads: a walk over its syntax tree, which `jsonata(source).ast()` gives. */

/** One use of a `$name` that the expression does not define itself. */
export interface VariableRead {
  variable: string;
  /** Field names that follow it as they stand: `$steps.load.output[0]` → `['load', 'output']`. */
  names: string[];
  /** Called as a function. */
  called: boolean;
  /** A text literal in brackets, which filters and does not select: `$steps["load"]`. */
  bracket?: string;
}

export interface ExpressionReferences {
  /** In order of appearance, functions of JSONata left out. */
  reads: VariableRead[];
}

interface AstNode {
  type?: string;
  value?: unknown;
  [key: string]: unknown;
}

// The functions that JSONata 2.2 binds in its static frame; a test compares this list with the library.
// biome-ignore format: one line a family
export const builtInFunctions: ReadonlySet<string> = new Set([
  'sum', 'count', 'max', 'min', 'average',
  'string', 'substring', 'substringBefore', 'substringAfter', 'lowercase', 'uppercase', 'length', 'trim', 'pad', 'match', 'contains',
  'replace', 'split', 'join', 'formatNumber', 'formatBase', 'formatInteger', 'parseInteger', 'number',
  'floor', 'ceil', 'round', 'abs', 'sqrt', 'power', 'random', 'boolean', 'not',
  'map', 'zip', 'filter', 'single', 'reduce', 'sift', 'keys', 'lookup', 'append', 'exists', 'spread', 'merge', 'reverse', 'each',
  'error', 'assert', 'type', 'sort', 'shuffle', 'distinct',
  'base64encode', 'base64decode', 'encodeUrlComponent', 'encodeUrl', 'decodeUrlComponent', 'decodeUrl',
  'eval', 'toMillis', 'fromMillis', 'clone', 'now', 'millis',
]);

/** Every variable that a syntax tree reads and does not bind by `:=`, as a parameter, or by `@$v` and `#$i`. */
export function collectReads(ast: unknown): ExpressionReferences {
  const reads: VariableRead[] = [];
  visit(ast, reads, new Set());
  return { reads };
}

function visit(node: unknown, reads: VariableRead[], bound: Set<string>): void {
  if (Array.isArray(node)) {
    for (const child of node) visit(child, reads, bound);
    return;
  }
  if (!isNode(node)) return;
  switch (node.type) {
    case 'path':
      visitPath(node, reads, bound);
      break;
    case 'variable':
      visitVariable(node, [], reads, bound);
      break;
    case 'function':
    case 'partial':
      visitCall(node, reads, bound);
      break;
    case 'lambda':
      visit(node.body, reads, new Set([...bound, ...names(node.arguments)]));
      break;
    case 'block':
      visitChildren(node, reads, new Set(bound));
      break;
    case 'bind':
      // A function may call itself: its name is bound before its body is read.
      if (isNode(node.lhs) && typeof node.lhs.value === 'string') bound.add(node.lhs.value);
      visit(node.rhs, reads, bound);
      break;
    default:
      visitChildren(node, reads, bound);
  }
}

function visitPath(node: AstNode, reads: VariableRead[], outer: Set<string>): void {
  const steps = (Array.isArray(node.steps) ? node.steps : []).filter(isNode);
  // `@$v` and `#$i` are bound for the rest of the path.
  const bound = new Set(outer);
  for (const [index, step] of steps.entries()) {
    for (const name of boundBy(step)) bound.add(name);
    if (index === 0 && step.type === 'variable') visitVariable(step, followingNames(steps), reads, bound);
    else visit(step, reads, bound);
  }
  const { steps: _, ...rest } = node;
  visitChildren(rest, reads, bound);
}

function visitVariable(node: AstNode, following: string[], reads: VariableRead[], bound: Set<string>): void {
  const name = String(node.value);
  const bracket = textLiteralIn(node.predicate);
  // `$` and `$$` are the context and the root. The library's `$error` is a function; read and not called, ours is meant.
  const known = name === '' || name === '$' || (builtInFunctions.has(name) && name !== 'error');
  if (!bound.has(name) && !known) {
    const selected = node.predicate === undefined ? following : [];
    reads.push({ variable: name, names: selected, called: false, ...(bracket === undefined ? {} : { bracket }) });
  }
  visitChildren(node, reads, bound);
}

function visitCall(node: AstNode, reads: VariableRead[], bound: Set<string>): void {
  const { procedure, arguments: given, ...rest } = node;
  const parameters = Array.isArray(given) ? given : [];
  if (isNode(procedure) && procedure.type === 'variable' && typeof procedure.value === 'string') {
    const name = procedure.value;
    // `$error(...)` is kept: in `onFailure` the name is taken by what failed.
    const known = builtInFunctions.has(name) && name !== 'error';
    if (!bound.has(name) && !known) reads.push({ variable: name, names: [], called: true });
    const [table, key] = parameters;
    const looksUp = name === 'lookup' && !bound.has(name) && isNode(table) && table.type === 'variable';
    if (looksUp && isNode(key) && key.type === 'string' && typeof key.value === 'string') {
      visitVariable(table, [key.value], reads, bound);
      return;
    }
  } else visit(procedure, reads, bound);
  visit(parameters, reads, bound);
  visitChildren(rest, reads, bound);
}

function visitChildren(node: AstNode, reads: VariableRead[], bound: Set<string>): void {
  for (const [key, child] of Object.entries(node)) if (key !== 'position') visit(child, reads, bound);
}

/** Names bound at a step of a path: `@$v` on the step, `#$i` on it or among its stages. */
function boundBy(step: AstNode): string[] {
  const stages = (Array.isArray(step.stages) ? step.stages : []).filter(isNode);
  const indexes = stages.filter((stage) => stage.type === 'index').map((stage) => stage.value);
  return [step.focus, step.index, ...indexes].filter((name) => typeof name === 'string');
}

function followingNames(steps: AstNode[]): string[] {
  const following: string[] = [];
  for (const step of steps.slice(1)) {
    if (step.type !== 'name' || typeof step.value !== 'string') break;
    following.push(step.value);
  }
  return following;
}

function textLiteralIn(predicates: unknown): string | undefined {
  const [first] = Array.isArray(predicates) ? predicates.filter(isNode) : [];
  const expression = first?.expr;
  return isNode(expression) && expression.type === 'string' ? String(expression.value) : undefined;
}

function names(parameters: unknown): string[] {
  const list = Array.isArray(parameters) ? parameters.filter(isNode) : [];
  return list.map((parameter) => parameter.value).filter((name) => typeof name === 'string');
}

function isNode(value: unknown): value is AstNode {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
