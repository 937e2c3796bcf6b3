import { z } from 'zod';

/** What of a live schedule its file does not say. */
export const exportGap = z.object({
  path: z.string().describe('Where it would stand in the file'),
  message: z.string(),
  value: z.unknown().optional(),
  kept: z.boolean().describe('The live schedule keeps it when the file is applied; otherwise it would be lost'),
});
export type ExportGap = z.output<typeof exportGap>;

/** A live schedule as a definition (`almanac export`). */
export const exportView = z.object({
  id: z.string(),
  definition: z
    .unknown()
    .nullable()
    .describe('The definition; null when the schedule cannot be one, and gaps says why'),
  source: z
    .enum(['applied', 'live'])
    .describe('applied: the definition as it was applied, which is what is live; live: made from what is live'),
  gaps: z.array(exportGap).describe('What the definition does not say'),
});
export type ExportView = z.output<typeof exportView>;
