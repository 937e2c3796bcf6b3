import { openTemporalAccess } from '../api/entry-secrets.js';
import { createLazyDataConverter } from '../clients/lazy-payload-storage.js';
import { createS3Client } from '../clients/s3.js';
import { createTemporalClient } from '../clients/temporal.js';
import { loadApiConfig } from '../config.js';
import { handleRequest, type SchedulesResponse } from './schedules/handle-request.js';
import { createDeployLog } from './schedules/log.js';
import { reasonOf } from './schedules/report.js';
import { parseRequest } from './schedules/request.js';

/** What a Lambda is told about itself, as far as it is used here. */
export interface LambdaContext {
  getRemainingTimeInMillis(): number;
}

/** Kept for the answer, of the time that the Lambda has: the framework's Lambda, which waits for it, began some seconds earlier. */
const reserveMs = 20_000;

/** The custom resource Custom::AlmanacSchedules, behind CDK's provider framework, which tells CloudFormation how it went. */
export async function handler(event: unknown, context: LambdaContext): Promise<SchedulesResponse> {
  const config = loadApiConfig();
  const log = createDeployLog(config.logLevel);
  const endsAt = Date.now() + context.getRemainingTimeInMillis() - reserveMs;
  try {
    const access = await openTemporalAccess(config, log);
    const client = createTemporalClient(access, createLazyDataConverter(config.aws, config.payloadBucket));
    const response = await handleRequest(parseRequest(event), {
      client,
      s3: createS3Client(config.aws),
      taskQueue: config.taskQueue,
      temporal: `${access.connection.address}/${access.namespace}`,
      log,
      endsAt,
    });
    // Not after a failure: the SDK may still be about to try a call again, and a closed channel would end the process.
    await client.connection.close();
    return response;
  } catch (error) {
    log.error({ err: error }, 'deploy of schedules failed');
    throw new Error(reasonOf(error as Error), { cause: error });
  }
}
