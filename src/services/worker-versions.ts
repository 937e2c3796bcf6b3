import type { Client } from '@temporalio/client';
import type { VersionStatus } from '../domain/fleet/versions.js';

/**
 * `temporal.api.enums.v1.WorkerDeploymentVersionStatus` by number: the generated enum would bring the whole API into the Lambda. 6 is a
 * version that was made by hand and has not polled.
 */
const statuses: Readonly<Record<number, VersionStatus>> = {
  1: 'unused',
  2: 'current',
  3: 'ramping',
  4: 'draining',
  5: 'drained',
};

/** https://grpc.io/docs/guides/status-codes/ */
const grpc = { notFound: 5, failedPrecondition: 9 };

export interface WorkerVersions {
  /** By build id; none when nobody has polled as this deployment yet. */
  list(): Promise<Record<string, VersionStatus>>;
  /**
   * New runs start on this version from now on; those that run stay where they are. Doing it again changes nothing.
   *
   * @returns false when its workers do not poll every queue yet that the version before it did
   */
  makeCurrent(buildId: string): Promise<boolean>;
}

/** Temporal's Worker Deployment Versioning, of one deployment. */
export function createWorkerVersions({ workflowService, options }: Client, deploymentName: string): WorkerVersions {
  const { namespace } = options;
  return {
    async list() {
      try {
        const { workerDeploymentInfo } = await workflowService.describeWorkerDeployment({ namespace, deploymentName });
        return Object.fromEntries(
          (workerDeploymentInfo?.versionSummaries ?? []).flatMap(({ deploymentVersion, status }) => {
            const known = statuses[status ?? 0];
            return known === undefined || !deploymentVersion?.buildId ? [] : [[deploymentVersion.buildId, known]];
          }),
        );
      } catch (error) {
        if (codeOf(error) === grpc.notFound) return {};
        throw error;
      }
    },
    async makeCurrent(buildId) {
      try {
        await workflowService.setWorkerDeploymentCurrentVersion({
          namespace,
          deploymentName,
          buildId,
          identity: 'almanac-fleet',
        });
        return true;
      } catch (error) {
        const code = codeOf(error);
        if (code === grpc.notFound || code === grpc.failedPrecondition) return false;
        throw error;
      }
    },
  };
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
