import { expressionSource } from '../../expression.js';
import { keyGlob } from '../../steps/key-glob.js';
import { type Fault, field, listOf, type Path } from '../fault.js';
import type { PlacedStep } from '../placed-step.js';

/**
 * An S3 step that writes where it reads would take its own output for input on the next run; the worker refuses it. Here it is
 * refused as far as source and target stand in the file as they are.
 */
export function checkTransfer(step: PlacedStep): Fault[] {
  if (step.uses !== 's3.copy' && step.uses !== 's3.transform' && step.uses !== 's3.inspect') return [];
  const given = field(step.value, 'with');
  const target = field(given, 'target');
  const path = [...step.path, 'with'];
  if (step.uses !== 's3.inspect' && field(target, 'prefix') !== undefined && field(target, 'key') !== undefined) {
    const message = 'give either prefix (one to one) or key (all into one object)';
    return [{ path: [...path, 'target', 'key'], message, value: field(target, 'key'), atKey: true }];
  }
  const source = literalSource(field(given, 'source'));
  if (source === undefined || source.bucket !== literal(field(target, 'bucket'))) return [];
  const fault = (at: Path, key: string | undefined): Fault[] => {
    if (key === undefined || !isRead(source, key)) return [];
    const place = JSON.stringify(`${source.bucket}/${source.prefix}`);
    const message = `lies inside the source ${place}: the next run would read its own output; write to another prefix or bucket, or exclude it`;
    return [{ path: [...path, ...at], message, value: key }];
  };
  return [
    // What a prefix will hold is known only where no glob chooses.
    ...(source.globs ? [] : fault(['target', 'prefix'], literal(field(target, 'prefix')))),
    ...fault(['target', 'key'], literal(field(target, 'key'))),
    ...fault(['manifest'], literal(field(given, 'manifest'))),
  ];
}

interface LiteralSource {
  bucket: string;
  prefix: string;
  include: string[];
  exclude: string[];
  globs: boolean;
}

/** Undefined when an expression decides, or when single keys are named. */
function literalSource(source: unknown): LiteralSource | undefined {
  const [bucket, prefix] = [literal(field(source, 'bucket')), literal(field(source, 'prefix'))];
  const [include, exclude] = [literals(field(source, 'include')), literals(field(source, 'exclude'))];
  if (bucket === undefined || prefix === undefined || include === undefined || exclude === undefined) return undefined;
  return { bucket, prefix, include, exclude, globs: include.length + exclude.length > 0 };
}

function isRead({ prefix, include, exclude }: LiteralSource, key: string): boolean {
  if (!key.startsWith(prefix)) return false;
  const name = key.slice(prefix.length);
  return (include.length === 0 || keyGlob(include)(name)) && !keyGlob(exclude)(name);
}

function literal(value: unknown): string | undefined {
  return typeof value === 'string' && expressionSource(value) === undefined ? value : undefined;
}

function literals(value: unknown): string[] | undefined {
  if (typeof value === 'string') return undefined;
  const texts = listOf(value).flatMap((entry) => literal(entry) ?? []);
  return texts.length === listOf(value).length ? texts : undefined;
}
