/** Parts of the platform that `/health` and `.almanac/platform.json` name. */
export const componentNames = ['temporal', 's3', 'worker', 'api', 'mail'] as const;
export type ComponentName = (typeof componentNames)[number];
