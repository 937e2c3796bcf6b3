import { createTaskRunner } from '../clients/ecs-tasks.js';
import { startTask } from './cluster/one-off-task.js';

/** Lambda: starts a one-off task of ECS for a stack. */
export const handler = (event: unknown) => startTask(createTaskRunner(), event);
