import {
  DeleteServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  ListServicesCommand,
  type Service,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import { buildIdTag, type FleetService } from '../domain/fleet/versions.js';

export interface FleetServices {
  /** Services that are there; those that are being deleted only with `draining`. */
  list(options?: { draining?: boolean }): Promise<FleetService[]>;
  /** Stops its tasks, each of which drains as long as it may. */
  delete(name: string): Promise<void>;
  setDesiredCount(name: string, count: number): Promise<void>;
}

/** The services of one ECS cluster. */
export function createFleetServices({ region }: { region: string }, cluster: string): FleetServices {
  const client = new ECSClient({ region, maxAttempts: 4 });
  return {
    async list({ draining = false } = {}) {
      const found: FleetService[] = [];
      let nextToken: string | undefined;
      do {
        // A page of ListServices is what DescribeServices takes at once.
        const page = await client.send(new ListServicesCommand({ cluster, maxResults: 10, nextToken }));
        nextToken = page.nextToken;
        const services = page.serviceArns ?? [];
        if (services.length === 0) continue;
        const described = await client.send(new DescribeServicesCommand({ cluster, services, include: ['TAGS'] }));
        found.push(...(described.services ?? []).filter((service) => isThere(service, draining)).map(toFleetService));
      } while (nextToken !== undefined);
      return found;
    },
    async delete(service) {
      await client.send(new DeleteServiceCommand({ cluster, service, force: true }));
    },
    async setDesiredCount(service, desiredCount) {
      await client.send(new UpdateServiceCommand({ cluster, service, desiredCount }));
    },
  };
}

function isThere({ status }: Service, draining: boolean): boolean {
  return status === 'ACTIVE' || (draining && status === 'DRAINING');
}

function toFleetService({ serviceName, tags, desiredCount, runningCount }: Service): FleetService {
  return {
    name: serviceName ?? '',
    buildId: tags?.find(({ key }) => key === buildIdTag)?.value,
    desiredCount: desiredCount ?? 0,
    runningCount: runningCount ?? 0,
  };
}
