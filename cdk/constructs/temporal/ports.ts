import { type ClusterService, services } from './environment.js';

/** The ports of server.yaml. */
export const grpcPorts = { frontend: 7233, history: 7234, matching: 7235, worker: 7239 } as const;
export const membershipPorts = { frontend: 6933, history: 6934, matching: 6935, worker: 6939 } as const;

/** Who calls whom over gRPC. Nobody calls the internal worker. */
const callers: Readonly<Record<ClusterService, readonly ClusterService[]>> = {
  frontend: ['history', 'matching', 'worker'],
  history: ['frontend', 'history', 'matching', 'worker'],
  matching: ['frontend', 'history', 'matching', 'worker'],
  worker: [],
};

export interface Opening {
  from: ClusterService;
  to: ClusterService;
  port: number;
  what: 'gRPC' | 'membership';
}

/** Every port that the servers open to each other: gRPC where it is called, and the ring, in which each talks to each. */
export const openings: readonly Opening[] = services.flatMap((to) => [
  ...callers[to].map((from) => ({ from, to, port: grpcPorts[to], what: 'gRPC' as const })),
  ...services.map((from) => ({ from, to, port: membershipPorts[to], what: 'membership' as const })),
]);
