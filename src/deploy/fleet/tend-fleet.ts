import type { FleetServices } from '../../clients/ecs-fleet.js';
import { type FleetPlan, type FleetView, planFleet } from '../../domain/fleet/versions.js';
import type { WorkerVersions } from '../../services/worker-versions.js';

export interface FleetParts {
  services: FleetServices;
  versions: WorkerVersions;
  deployed: FleetView['deployed'];
  minTasks: number;
}

export interface Tended extends FleetPlan {
  /** Tasks that run, of all versions. */
  runningTasks: number;
}

/** One look at the fleet: the deployed version becomes the current one, services that nobody needs go. */
export async function tendFleet({ services, versions, deployed, minTasks }: FleetParts): Promise<Tended> {
  const [found, known] = await Promise.all([services.list(), versions.list()]);
  const plan = planFleet({ deployed, services: found, versions: known, minTasks });
  const makeCurrent = plan.makeCurrent && (await versions.makeCurrent(deployed.buildId));
  for (const name of plan.retire) await services.delete(name);
  for (const name of plan.shrink) await services.setDesiredCount(name, minTasks);
  return { ...plan, makeCurrent, runningTasks: found.reduce((sum, { runningCount }) => sum + runningCount, 0) };
}
