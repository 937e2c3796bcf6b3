import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { createFleetServices } from '../clients/ecs-fleet.js';
import { createSecretReader } from '../clients/secrets.js';
import { createTemporalClient, type TemporalSettings } from '../clients/temporal.js';
import { type FleetConfig, loadFleetConfig } from '../config.js';
import { embeddedMetrics } from '../domain/fleet/emf.js';
import { countMissedFires } from '../services/missed-fires.js';
import { readBacklog } from '../services/queue-backlog.js';
import { countRuns } from '../services/run-counts.js';
import { createWorkerVersions } from '../services/worker-versions.js';
import { fleetMetrics } from './fleet/fleet-metrics.js';
import { type FleetParts, tendFleet } from './fleet/tend-fleet.js';
import { awaitCurrent, removeFleet } from './fleet/version-resource.js';

/**
 * Entry point of the fleet's Lambda. EventBridge calls it every minute (`{ "time" }`), and CDK's provider framework when the worker's
 * version is deployed or its stack goes (`{ "RequestType" }`).
 */
export async function handler(event: unknown): Promise<{ PhysicalResourceId: string } | undefined> {
  const config = loadFleetConfig();
  const request = deployEvent.safeParse(event);
  const { client, parts } = await open(config);
  try {
    if (!request.success) {
      await everyMinute(config, client, parts, tick.parse(event).time);
      return undefined;
    }
    // A version that was never deployed has no services, and a stack that could not be made is removed too.
    await (request.data.RequestType === 'Delete' ? removeFleet(parts) : awaitCurrent(parts));
    return { PhysicalResourceId: `${config.deploymentName}-version` };
  } finally {
    await client.connection.close();
  }
}

const deployEvent = z.object({ RequestType: z.enum(['Create', 'Update', 'Delete']) });
const tick = z.object({ time: z.coerce.date() });

/** Minutes between two counts of missed fires: each schedule is asked. */
const missedEvery = 5;
/** Visibility has caught up after as long. */
const minuteMs = 60_000;

async function everyMinute(config: FleetConfig, client: Client, parts: FleetParts, time: Date): Promise<void> {
  const end = new Date(Math.floor(time.getTime() / minuteMs) * minuteMs - minuteMs);
  const [tended, backlog, runs, missedFires] = await Promise.all([
    tendFleet(parts),
    readBacklog(client, config.taskQueue),
    countRuns(client, config.taskQueue, new Date(end.getTime() - minuteMs), end),
    time.getUTCMinutes() % missedEvery === 0 ? countMissedFires(client) : undefined,
  ]);
  const { runningTasks, makeCurrent, retire, shrink } = tended;
  const metrics = fleetMetrics({ backlog, runningTasks, runs, missedFires });
  write(embeddedMetrics(config.metricsNamespace, { Deployment: config.deploymentName }, metrics, Date.now()));
  if (makeCurrent || retire.length > 0 || shrink.length > 0) {
    write(JSON.stringify({ level: 'info', msg: 'fleet changed', makeCurrent, retire, shrink, ...config.deployed }));
  }
}

/** The connection is made for this call: one that was frozen between two minutes would fail its first request. */
async function open(config: FleetConfig): Promise<{ client: Client; parts: FleetParts }> {
  const client = createTemporalClient(await withSecrets(config));
  return {
    client,
    parts: {
      services: createFleetServices(config, config.cluster),
      versions: createWorkerVersions(client, config.deploymentName),
      deployed: config.deployed,
      minTasks: config.minTasks,
    },
  };
}

async function withSecrets({ region, temporal, secrets }: FleetConfig): Promise<TemporalSettings> {
  const read = createSecretReader({ region });
  const text = async (secret: string | undefined) => (secret === undefined ? undefined : (await read(secret)).trim());
  const [apiKey, ca] = await Promise.all([text(secrets.temporalApiKey), text(secrets.temporalCa)]);
  const { connection, namespace } = temporal;
  const tls = typeof connection.tls === 'object' ? connection.tls : {};
  return {
    namespace,
    connection: {
      ...connection,
      ...(apiKey === undefined ? {} : { apiKey }),
      ...(ca === undefined ? {} : { tls: { ...tls, serverRootCACertificate: Buffer.from(ca) } }),
    },
  };
}

/** Text as it is: the Lambda's log is CloudWatch's, which finds the metrics in it. */
function write(line: string | undefined): void {
  if (line !== undefined) process.stdout.write(`${line}\n`);
}
