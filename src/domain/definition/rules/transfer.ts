import { expressionSource } from '../../expression.js';
import { type Fault, field } from '../fault.js';
import type { PlacedStep } from '../placed-step.js';
import type { Findings } from './steps.js';

/** An S3 step that writes where it reads would take its own output for input on the next run. Only literal places can be compared. */
export function checkTransfer(step: PlacedStep): Findings {
  const none: Findings = { errors: [], warnings: [] };
  if (step.uses !== 's3.copy' && step.uses !== 's3.transform') return none;
  const given = field(step.value, 'with');
  const source = field(given, 'source');
  const target = field(given, 'target');
  if (field(target, 'prefix') !== undefined && field(target, 'key') !== undefined) {
    const path = [...step.path, 'with', 'target', 'key'];
    const message = 'give either prefix (one to one) or key (all into one object)';
    return { errors: [{ path, message, value: field(target, 'key'), atKey: true }], warnings: [] };
  }
  const bucket = literal(field(source, 'bucket'));
  const prefix = literal(field(source, 'prefix'));
  if (bucket === undefined || prefix === undefined || bucket !== literal(field(target, 'bucket'))) return none;
  const inside = (key: string, place: string | undefined, message: string): Fault[] =>
    place?.startsWith(prefix)
      ? [
          {
            path: [...step.path, 'with', ...key.split('.')],
            message: `lies inside the source ${JSON.stringify(`${bucket}/${prefix}`)}: ${message}`,
            value: place,
          },
        ]
      : [];
  const own = 'the next run would read its own output; write to another prefix or bucket';
  const written = ['prefix', 'key'].flatMap((key) => inside(`target.${key}`, literal(field(target, key)), own));
  const listed = inside('manifest', literal(field(given, 'manifest')), 'the next run would read it as data');
  // Globs may keep the output apart; that they do is the author's word.
  if (field(source, 'exclude') !== undefined) return none;
  if (field(source, 'include') !== undefined) {
    const unsure = (fault: Fault): Fault => ({
      ...fault,
      message: `${fault.message}, unless include leaves it out; exclude says so for sure`,
    });
    return { errors: [], warnings: [...written, ...listed].map(unsure) };
  }
  return { errors: written, warnings: listed };
}

function literal(value: unknown): string | undefined {
  return typeof value === 'string' && expressionSource(value) === undefined ? value : undefined;
}
