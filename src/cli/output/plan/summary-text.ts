import type { PlanView } from '../../../domain/plan/plan.js';

/** `1 to create, 2 to update, 1 to delete, 40 unchanged`. */
export function summaryText({ summary }: Pick<PlanView, 'summary'>): string {
  const { create, update, delete: deleted, noOp, conflict = 0 } = summary;
  const refused = conflict === 0 ? '' : `; ${conflict} of these will be refused`;
  return `${create} to create, ${update} to update, ${deleted} to delete, ${noOp} unchanged${refused}`;
}

/** True when apply would write something. */
export function hasChanges({ summary }: Pick<PlanView, 'summary'>): boolean {
  return summary.create + summary.update + summary.delete > 0;
}

/** `30 days`, `36 hours`. */
export function horizonText({ horizon }: Pick<PlanView, 'horizon'>): string {
  const hours = Math.round((Date.parse(horizon.end) - Date.parse(horizon.start)) / 3_600_000);
  return hours % 24 === 0 && hours > 24 ? `${hours / 24} days` : `${hours} ${hours === 1 ? 'hour' : 'hours'}`;
}
