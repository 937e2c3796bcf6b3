import { allowEntryKind } from '../../src/domain/allow-entry.js';
import { type Fault, field, isRecord, listOf } from '../../src/domain/definition/fault.js';
import { auroraDefaults, networkDefaults, workerDefaults } from './schema.js';

/**
 * How the values of settings relate. They run on the raw value, beside the schema: zod skips a refinement once there is another
 * fault, and all are to be told at once. What has the wrong type is the schema's to say.
 */
export function checkRules(settings: unknown): Fault[] {
  return [
    ...checkWorker(field(settings, 'worker')),
    ...checkAurora(field(field(settings, 'temporal'), 'aurora')),
    ...checkNetwork(field(settings, 'network'), field(settings, 'region')),
    ...checkBuckets(listOf(field(settings, 'buckets'))),
    ...checkAllowed(listOf(field(field(settings, 'http'), 'allow'))),
  ];
}

/** MiB that Fargate offers with so many CPU units (AWS: "Task CPU and memory"). */
const fargateMemory: Readonly<Record<number, readonly number[]>> = {
  256: [512, 1024, 2048],
  512: gibibytes(1, 4),
  1024: gibibytes(2, 8),
  2048: gibibytes(4, 16),
  4096: gibibytes(8, 30),
};

function gibibytes(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => (from + index) * 1024);
}

function checkWorker(worker: unknown): Fault[] {
  const faults: Fault[] = [];
  const [min, max] = [numberOf(worker, 'min', workerDefaults), numberOf(worker, 'max', workerDefaults)];
  if (min !== undefined && max !== undefined && max < min) {
    faults.push({ path: ['worker', 'max'], message: `must be at least worker.min (${min})`, value: max });
  }
  const [cpu, memory] = [numberOf(worker, 'cpu', workerDefaults), numberOf(worker, 'memory', workerDefaults)];
  const offered = cpu === undefined ? undefined : fargateMemory[cpu];
  if (memory === undefined || offered === undefined || offered.includes(memory)) return faults;
  const [least, most] = [offered[0], offered.at(-1)];
  const choice = offered.length < 5 ? offered.join(', ') : `${least} to ${most} in steps of 1024`;
  const message = `Fargate has no such memory with cpu ${cpu}: take ${choice}`;
  return [...faults, { path: ['worker', 'memory'], message, value: memory }];
}

function checkAurora(aurora: unknown): Fault[] {
  const min = numberOf(aurora, 'minCapacity', auroraDefaults);
  const max = numberOf(aurora, 'maxCapacity', auroraDefaults);
  if (min === undefined || max === undefined || max >= min) return [];
  const path = ['temporal', 'aurora', 'maxCapacity'];
  return [{ path, message: `must be at least temporal.aurora.minCapacity (${min})`, value: max }];
}

function checkNetwork(network: unknown, region: unknown): Fault[] {
  const gateways = numberOf(network, 'natGateways', networkDefaults);
  const zones = numberOf(network, 'availabilityZones', networkDefaults);
  const faults: Fault[] = [];
  if (gateways !== undefined && zones !== undefined && gateways > zones) {
    const message = `at most one in each of the ${zones} availability zones (network.availabilityZones)`;
    faults.push({ path: ['network', 'natGateways'], message, value: gateways });
  }
  return [...faults, ...checkSubnets(network, region)];
}

function checkSubnets(network: unknown, region: unknown): Fault[] {
  const subnets = field(network, 'subnets');
  if (!isRecord(subnets)) return [];
  const path = ['network', 'subnets'];
  const faults: Fault[] = [];
  if (field(network, 'vpcId') === undefined) {
    faults.push({ path, message: 'are those of an existing VPC: say which in network.vpcId', atKey: true });
  }
  const zones = Object.keys(subnets);
  if (zones.length < 2) {
    faults.push({ path, message: 'name two availability zones at least: one may be lost', value: zones.length });
  }
  for (const zone of zones) {
    if (typeof region !== 'string' || zone.startsWith(region)) continue;
    faults.push({ path: [...path, zone], message: `is not in the region ${region}`, value: zone, atKey: true });
  }
  const lacking = zones.filter((zone) => field(subnets[zone], 'data') === undefined);
  if (lacking.length > 0 && lacking.length < zones.length) {
    const message = 'has no data subnet, unlike the others: give one in each zone, or in none';
    faults.push(...lacking.map((zone) => ({ path: [...path, zone], message })));
  }
  return faults;
}

function checkBuckets(buckets: readonly unknown[]): Fault[] {
  const names = buckets.map((bucket) => field(bucket, 'name'));
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (typeof name !== 'string' || first === index) return [];
    return [{ path: ['buckets', index, 'name'], message: `stands in buckets[${first}] already`, value: name }];
  });
}

/** The workers would refuse it too, but ten minutes into the deploy. */
function checkAllowed(entries: readonly unknown[]): Fault[] {
  return entries.flatMap((entry, index) => {
    if (typeof entry !== 'string' || entry === '' || allowEntryKind(entry) !== undefined) return [];
    return [{ path: ['http', 'allow', index], message: 'not a CIDR, an address or a host name', value: entry }];
  });
}

/** A number of the settings, or its default where it is left out; undefined for anything else. */
function numberOf<K extends string>(value: unknown, key: K, defaults: Readonly<Record<K, number>>): number | undefined {
  const given = field(value, key);
  if (given === undefined) return defaults[key];
  return typeof given === 'number' ? given : undefined;
}
