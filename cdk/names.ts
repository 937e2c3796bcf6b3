import type { Settings } from './settings/schema.js';

/** Names of what is deployed: those of two stages never meet, in an account or in a Temporal namespace. */

/** `almanac`, or `almanac-prod` for a stage; also the owner of the schedules. */
export function prefixOf({ name, stage }: Pick<Settings, 'name' | 'stage'>): string {
  return stage === 'default' ? name : `${name}-${stage}`;
}

/** `AlmanacApi`, or `AlmanacProdApi` for a stage. */
export function stackName(settings: Pick<Settings, 'name' | 'stage'>, what: string): string {
  return `${pascalCase(prefixOf(settings))}${what}`;
}

function pascalCase(name: string): string {
  return name
    .split('-')
    .map((word) => `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`)
    .join('');
}

/** CloudWatch namespace of every metric of ours; the dimension `Deployment` tells stages apart. */
export const metricNamespace = 'Almanac';
