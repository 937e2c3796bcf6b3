import { createTaskRunner } from '../clients/ecs-tasks.js';
import { isTaskDone } from './cluster/one-off-task.js';

/** Lambda: has a one-off task of ECS ended? Asked every few seconds. */
export const handler = (event: unknown) => isTaskDone(createTaskRunner(), event);
