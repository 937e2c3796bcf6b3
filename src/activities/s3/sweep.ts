import type { S3Client } from '@aws-sdk/client-s3';
import { Context } from '@temporalio/activity';
import type { SweepCall } from '../../domain/steps/s3-sweep.js';
import { Journals } from './journals.js';

/**
 * Aborts the uploads that attempts of this run left open beside a target, and deletes their journals: nobody goes on with them. Those of
 * other runs stay.
 * @throws ApplicationFailure NoSuchBucket, AccessDenied, and what may be tried again.
 */
export function createSweep(s3: S3Client) {
  return async ({ target }: SweepCall): Promise<void> => {
    const { cancellationSignal, info } = Context.current();
    const journals = await Journals.open(s3, target, cancellationSignal, info.workflowExecution?.workflowId);
    await journals.discard();
  };
}
