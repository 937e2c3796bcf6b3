/** Versions of the worker and the services that run them: which of these nobody needs any more. */

/** Tag of an ECS service that says which version it runs. */
export const buildIdTag = 'almanac:build-id';

/** A version of the worker as Temporal sees it; `unused` never had a run, `draining` has pinned runs left. */
export type VersionStatus = 'unused' | 'current' | 'ramping' | 'draining' | 'drained';

export interface FleetService {
  name: string;
  /** Of its tag; a service without one is not ours. */
  buildId: string | undefined;
  desiredCount: number;
  runningCount: number;
}

export interface FleetView {
  /** What the last deploy put there. */
  deployed: { service: string; buildId: string };
  services: readonly FleetService[];
  /** By build id; a version that Temporal has forgotten is absent. */
  versions: Readonly<Record<string, VersionStatus>>;
  /** Tasks that a version with runs keeps. */
  minTasks: number;
}

export interface FleetPlan {
  /** The deployed version is known and not the one that new runs start on. */
  makeCurrent: boolean;
  /** Services that no run needs. */
  retire: string[];
  /** Services of older versions with more tasks than what is left of their runs deserves: nothing scales these any more. */
  shrink: string[];
}

/**
 * What to do about the fleet. The deployed service is never touched, and neither is the last one of a version that still has runs or
 * that new runs start on.
 */
export function planFleet({ deployed, services, versions, minTasks }: FleetView): FleetPlan {
  const status = versions[deployed.buildId];
  const others = services.filter(({ name, buildId }) => name !== deployed.service && buildId !== undefined);
  const isNeeded = ({ buildId }: FleetService): boolean => {
    // Another service of the deployed version: left by a deploy that was taken back.
    if (buildId === undefined || buildId === deployed.buildId) return false;
    const version = versions[buildId];
    return version === 'current' || version === 'ramping' || version === 'draining';
  };
  const named = (service: FleetService): string => service.name;
  return {
    makeCurrent: status !== undefined && status !== 'current',
    retire: others.filter((service) => !isNeeded(service)).map(named),
    shrink: others.filter((service) => isNeeded(service) && service.desiredCount > minTasks).map(named),
  };
}
