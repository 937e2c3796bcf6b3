import { z } from 'zod';

/** Wraps each leaf of a `with` schema: identity for resolved values, "or an expression" for what stands in a file. */
export type LeafWrapper = <T extends z.ZodType>(leaf: T) => z.ZodType<z.output<T>, z.input<T>>;

/** Message about a text that is no expression: where a value may stand as well, the value's own message is the better one. */
export const expressionExpected = 'expected an expression {% … %}';

/** A `{% … %}` string. Its JSONata is checked with the whole definition, where earlier steps are known. */
export const expressionString = z
  .string()
  // Aborting, so that a union goes on with its other alternative as the one that was meant.
  .regex(/^\{%[\s\S]*%\}$/, { message: expressionExpected, abort: true })
  .describe('A JSONata expression between {% and %}; it may read $run, $input and $steps');

const resolvedLeaf: LeafWrapper = (leaf) => leaf as never;
/**
 * A value or an expression. The description stays on the whole, where editors show it. The cast hides the expression from the
 * type of a resolved value; `file` is only ever used to check what stands in a file.
 */
const fileLeaf: LeafWrapper = (leaf) => {
  const either = z.union([expressionString, leaf as z.ZodType]);
  return (leaf.description === undefined ? either : either.describe(leaf.description)) as never;
};

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

/**
 * Exactly one of two keys. The check runs on objects that have other faults too, so that all are told at once; editors get it as
 * `oneOf`.
 */
export function eitherKey<T extends z.ZodObject>(schema: T, first: string, second: string): T {
  return schema
    .refine((value) => hasKey(value, first) !== hasKey(value, second), {
      message: `give either ${first} or ${second}`,
      when: ({ value }) => typeof value === 'object' && value !== null && !Array.isArray(value),
    })
    .meta({ oneOf: [{ required: [first] }, { required: [second] }] });
}

function hasKey(value: object, key: string): boolean {
  return (value as Record<string, unknown>)[key] !== undefined;
}

/**
 * Declares a step kind: its name, its `with` and output schemas and its defaults, all in one file. The two `with` schemas are
 * made on first use: every run of a workflow loads this module anew, and needs the kinds of its own steps only.
 */
export function defineStep<const U extends string, W extends z.ZodType, O extends z.ZodType>(
  options: StepKindOptions<U, W, O>,
): StepKind<U, W, O> {
  const { with: shape, ...rest } = options;
  let file: W | undefined;
  let resolved: W | undefined;
  return {
    ...rest,
    get file() {
      file ??= shape(fileLeaf);
      return file;
    },
    get resolved() {
      resolved ??= shape(resolvedLeaf);
      return resolved;
    },
  };
}
