import { createServer, type Server } from 'node:http';
import type { Worker } from '@temporalio/worker';

/** `GET /health`: 200 while the worker polls or drains, 503 otherwise. For containers and for the local platform. */
export function startHealthServer(worker: Worker, port: number, host: string): Promise<Server> {
  const server = createServer((request, response) => {
    const known = request.url === '/health' && (request.method === 'GET' || request.method === 'HEAD');
    const { runState, numInFlightActivities, numInFlightWorkflowActivations, numCachedWorkflows } = worker.getStatus();
    const alive = runState === 'RUNNING' || runState === 'DRAINING';
    response.writeHead(known ? (alive ? 200 : 503) : 404, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    });
    response.end(
      known
        ? JSON.stringify({
            status: alive ? 'ok' : 'down',
            state: runState,
            activities: numInFlightActivities,
            workflowTasks: numInFlightWorkflowActivations,
            cachedWorkflows: numCachedWorkflows,
          })
        : '',
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}
