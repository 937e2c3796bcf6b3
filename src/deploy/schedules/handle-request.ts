import type { S3Client } from '@aws-sdk/client-s3';
import { type DeployContext, deploySet } from './deploy-set.js';
import { readSet } from './read-set.js';
import { type DeployReport, reportOf } from './report.js';
import { physicalId, type SchedulesRequest } from './request.js';

export interface HandleContext extends Omit<DeployContext, 'owner'> {
  s3: S3Client;
  /** Address and namespace of the Temporal that the client reaches. */
  temporal: string;
}

export interface SchedulesResponse {
  PhysicalResourceId: string;
  Data?: DeployReport;
}

/**
 * Create and Update make the owner's schedules those of the set; Delete removes what the owner has. All of them may come again, and
 * a rollback is an Update to the properties of before: then nothing is left to do where the failed deploy has put everything back.
 */
export async function handleRequest(request: SchedulesRequest, context: HandleContext): Promise<SchedulesResponse> {
  const { s3, temporal, log } = context;
  const { ResourceProperties: properties } = request;
  const { owner, digest } = properties;
  if (request.RequestType === 'Delete') {
    const { PhysicalResourceId } = request;
    // What lies on another Temporal is not reached from here, and what lies on this one is not of this resource.
    const isElsewhere = properties.temporal !== temporal;
    const isOurs = PhysicalResourceId === physicalId(owner);
    if (isElsewhere || !isOurs) log.warn({ owner, isElsewhere }, 'nothing here belongs to the deleted resource');
    else await deploySet([], { ...context, owner });
    return { PhysicalResourceId };
  }
  const { definitions } = await readSet(s3, properties);
  log.info({ owner, digest, schedules: definitions.length }, 'deploy of schedules begins');
  const report = reportOf(await deploySet(definitions, { ...context, owner }), digest);
  log.info({ owner, summary: report.Summary }, 'deploy of schedules done');
  return { PhysicalResourceId: physicalId(owner), Data: report };
}
