import type { LocalConfig } from '../../config.js';
import { freePort, type PortNeed } from '../process/ports.js';

/** Every port of the platform, settled. */
export interface Ports {
  api: number;
  temporal: number;
  temporalUi: number;
  s3: number;
  ses: number;
  workerHealth: number;
  workerMetrics: number;
}

/** The ports that the user set or that have a fixed default: each must be free. Parts that are elsewhere need none. */
export function neededPorts({ ports, external }: LocalConfig): PortNeed[] {
  const needs: (PortNeed | undefined)[] = [
    { port: ports.api, purpose: 'API', variable: 'ALMANAC_PORT' },
    external.temporalAddress === undefined
      ? { port: ports.temporal, purpose: 'Temporal', variable: 'ALMANAC_TEMPORAL_PORT' }
      : undefined,
    external.temporalAddress === undefined && ports.temporalUi !== undefined
      ? { port: ports.temporalUi, purpose: 'Temporal UI', variable: 'ALMANAC_TEMPORAL_UI_PORT' }
      : undefined,
    external.s3Endpoint === undefined ? { port: ports.s3, purpose: 'S3', variable: 'ALMANAC_S3_PORT' } : undefined,
    external.sesEndpoint === undefined ? { port: ports.ses, purpose: 'mail', variable: 'ALMANAC_SES_PORT' } : undefined,
    ports.workerHealth === undefined
      ? undefined
      : { port: ports.workerHealth, purpose: 'worker health', variable: 'ALMANAC_WORKER_HEALTH_PORT' },
    ports.workerMetrics === undefined
      ? undefined
      : { port: ports.workerMetrics, purpose: 'worker metrics', variable: 'ALMANAC_WORKER_METRICS_PORT' },
  ];
  return needs.filter((need) => need !== undefined);
}

/** Settles the ports that follow from others: the usual neighbour where it is free, any free one otherwise. */
export async function settlePorts({ ports }: LocalConfig): Promise<Ports> {
  const settled = { api: ports.api, temporal: ports.temporal, s3: ports.s3, ses: ports.ses };
  const taken = new Set(Object.values(settled));
  const beside = async (chosen: number | undefined, preferred: number): Promise<number> => {
    const port = chosen ?? (await freePort(taken.has(preferred) ? 0 : preferred));
    taken.add(port);
    return port;
  };
  return {
    ...settled,
    // The dev server's own rule: its UI is 1,000 above its gRPC port.
    temporalUi: await beside(ports.temporalUi, ports.temporal + 1000),
    workerHealth: await beside(ports.workerHealth, ports.api + 1),
    workerMetrics: await beside(ports.workerMetrics, ports.api + 2),
  };
}
