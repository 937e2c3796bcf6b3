import { describe, expect, it } from 'vitest';
import { type FleetService, type FleetView, planFleet } from '../../../src/domain/fleet/versions.js';

const service = (name: string, buildId: string | undefined, desiredCount = 1): FleetService => ({
  name,
  buildId,
  desiredCount,
  runningCount: desiredCount,
});

function plan(changes: Partial<FleetView>) {
  return planFleet({
    deployed: { service: 'new', buildId: 'b2' },
    services: [service('old', 'b1'), service('new', 'b2')],
    versions: { b1: 'draining', b2: 'current' },
    minTasks: 1,
    ...changes,
  });
}

const nothing = { makeCurrent: false, retire: [], shrink: [] };

describe('planFleet', () => {
  it('leaves a version alone that still has runs', () => {
    expect(plan({})).toEqual(nothing);
  });

  it.each(['drained', 'unused'] as const)('retires the service of a version that is %s', (status) => {
    expect(plan({ versions: { b1: status, b2: 'current' } })).toEqual({ ...nothing, retire: ['old'] });
  });

  it('retires the service of a version that Temporal has forgotten', () => {
    expect(plan({ versions: { b2: 'current' } })).toEqual({ ...nothing, retire: ['old'] });
  });

  it('never retires the deployed service, even while nobody knows its version', () => {
    expect(plan({ services: [service('new', 'b2')], versions: {} })).toEqual(nothing);
    expect(plan({ services: [service('new', 'b2')], versions: { b2: 'drained' } })).toEqual({
      ...nothing,
      makeCurrent: true,
    });
  });

  it('makes the deployed version current once it polls, and keeps the one before until then', () => {
    expect(plan({ versions: { b1: 'current' } })).toEqual(nothing);
    expect(plan({ versions: { b1: 'current', b2: 'unused' } })).toEqual({ ...nothing, makeCurrent: true });
  });

  it('retires the twin that a deploy left which was taken back', () => {
    const services = [service('first', 'b2'), service('new', 'b2')];
    expect(plan({ services, versions: { b2: 'current' } })).toEqual({ ...nothing, retire: ['first'] });
  });

  it('shrinks what is left of an old version to the least number of tasks', () => {
    const services = [service('old', 'b1', 9), service('new', 'b2', 9)];
    expect(plan({ services, minTasks: 2 })).toEqual({ ...nothing, shrink: ['old'] });
  });

  it('never touches a service that has no version of ours', () => {
    const services = [service('somebody', undefined, 5), service('new', 'b2')];
    expect(plan({ services, versions: { b2: 'current' } })).toEqual(nothing);
  });
});
