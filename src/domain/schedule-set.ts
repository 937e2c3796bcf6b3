import { z } from 'zod';
import { scheduleDefinition } from './definition/schedule-definition.js';

/**
 * All schedules of one deploy, as the file that `cdk synth` writes and the deploy's Lambda reads. Dates stand in place of the names of
 * their files, and what depends on the day (does it ever fire?) was judged at synth: a deploy that is rolled back later still has to
 * read it.
 */
export const scheduleSet = z.strictObject({
  format: z.literal(1),
  definitions: z.array(scheduleDefinition),
});
export type ScheduleSet = z.output<typeof scheduleSet>;
