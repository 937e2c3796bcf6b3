/** Temporal runs each schedule as a workflow of this id and type (service/worker/scheduler of server 1.31.2). */
export const schedulerWorkflowId = (scheduleId: string) => `temporal-sys-scheduler:${scheduleId}`;
export const schedulerWorkflowType = 'temporal-sys-scheduler-workflow';
