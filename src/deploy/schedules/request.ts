import { z } from 'zod';
import { AlmanacError } from '../../domain/errors.js';

/**
 * What CDK's provider framework hands to the handler of the custom resource. CloudFormation turns every value of a property into a
 * text.
 */

const properties = z.object({
  /** Where the set of schedules lies. */
  bucket: z.string().min(1),
  key: z.string().min(1),
  /** SHA-256 of the set before it was compressed. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  /** Whose schedules these are: what this owner has beside them is deleted. */
  owner: z.string().min(1).max(200),
  /** Address and namespace of Temporal: another one has to get the schedules although these are the same. */
  temporal: z.string().min(1),
});
export type SetProperties = z.output<typeof properties>;

const event = z.discriminatedUnion('RequestType', [
  z.object({ RequestType: z.literal('Create'), ResourceProperties: properties }),
  z.object({ RequestType: z.literal('Update'), ResourceProperties: properties, PhysicalResourceId: z.string() }),
  z.object({ RequestType: z.literal('Delete'), ResourceProperties: properties, PhysicalResourceId: z.string() }),
]);
export type SchedulesRequest = z.output<typeof event>;

/** @throws AlmanacError invalid-input, for an event that the stack of this version does not send */
export function parseRequest(value: unknown): SchedulesRequest {
  const parsed = event.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new AlmanacError('invalid-input', 'the event is not one of the custom resource Custom::AlmanacSchedules', {
    details: parsed.error.issues.map(({ path, message }) => ({ path: path.join('.'), message })),
  });
}

/**
 * One owner is one physical resource: with another owner CloudFormation deletes what the former one had, once the new schedules
 * are there. Temporal's address is not part of it: that deletion would go to the new server.
 */
export function physicalId(owner: string): string {
  return `schedules-of-${owner}`;
}
