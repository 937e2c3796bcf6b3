/** Activity that clears away what a lost attempt of an S3 step left open. The platform's own: no step kind, nobody writes it. */
export const sweepActivity = 's3.sweep';

/** What the pipeline hands to the activity. */
export interface SweepCall {
  /** Of the step that was given up. */
  target: { bucket: string } & ({ prefix: string } | { key: string });
}

export interface SweepActivities {
  [sweepActivity]: (call: SweepCall) => Promise<void>;
}

/** Activity id of the sweep after a step: step ids have no dot, so it is nobody else's. */
export function sweepActivityId(stepId: string): string {
  return `${stepId}.sweep`;
}
