import { z } from 'zod';
import { expressionSource, looksLikeExpression } from '../expression.js';

/** Wraps each leaf of a `with` schema: identity for resolved values, "or an expression" for what stands in a file. */
export type LeafWrapper = <T extends z.ZodType>(leaf: T) => z.ZodType<z.output<T>, z.input<T>>;

/** A `{% … %}` string. Its JSONata is checked with the whole definition, where earlier steps are known. */
export const expressionString = z
  .string()
  .regex(/^\{%[\s\S]*%\}$/)
  .describe('A JSONata expression between {% and %}; it may read $run, $input and $steps');

const resolvedLeaf: LeafWrapper = (leaf) => leaf as never;
// The cast hides the expression alternative from the type of a resolved value; `file` is only ever used to check what stands in a file.
const fileLeaf: LeafWrapper = (leaf) =>
  (leaf instanceof z.ZodString && isPlainString(leaf)
    ? plainString(leaf)
    : z.union([expressionString, leaf as z.ZodType])) as never;

function isPlainString(leaf: z.ZodString): boolean {
  return leaf.def.checks === undefined || leaf.def.checks.length === 0;
}

/** Free text: an expression is a string too, so only what was meant as one and is not needs a message. */
function plainString(leaf: z.ZodString): z.ZodType {
  return leaf.refine((text) => expressionSource(text) !== undefined || !looksLikeExpression(text), {
    message: "an expression is the whole string: write {% 'orders/' & $run.date %} instead of orders/{% $run.date %}",
  });
}

/** How a step kind is carried out. */
export type StepExecution =
  /** One activity that ends by itself. */
  | 'activity'
  /** One activity that an external system ends through its callback URL. */
  | 'callback'
  /** A workflow timer. */
  | 'timer'
  /** A child workflow. */
  | 'child';

export interface StepDefaults {
  /** Schedule-to-close, over all attempts. */
  timeout: string;
  heartbeat?: string;
  maximumAttempts?: number;
}

export interface StepKindOptions<U extends string, W extends z.ZodType, O extends z.ZodType> {
  uses: U;
  description: string;
  execution: StepExecution;
  /** The `with` object, each leaf that may be an expression wrapped in `e`. */
  with: (e: LeafWrapper) => W;
  output: O;
  defaults: StepDefaults;
}

export interface StepKind<U extends string, W extends z.ZodType, O extends z.ZodType> {
  readonly uses: U;
  readonly description: string;
  readonly execution: StepExecution;
  /** `with` as it may stand in a file: leaves are values or expressions. */
  readonly file: W;
  /** `with` after its expressions were evaluated. */
  readonly resolved: W;
  readonly output: O;
  readonly defaults: StepDefaults;
}

/** Declares a step kind: its name, its `with` and output schemas and its defaults, all in one file. */
export function defineStep<const U extends string, W extends z.ZodType, O extends z.ZodType>(
  options: StepKindOptions<U, W, O>,
): StepKind<U, W, O> {
  const { with: shape, ...rest } = options;
  return { ...rest, file: shape(fileLeaf), resolved: shape(resolvedLeaf) };
}
