import { readFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../../root.js';

/** Files of deploy/temporal/: what the containers run is what the cluster test runs. */
export const serverFiles = ['server.yaml', 'dynamic-config.yaml', 'start.sh'] as const;
export const schemaFiles = ['schema.sh'] as const;
export const namespaceFiles = ['namespace.sh'] as const;
export type ShippedFile = (typeof serverFiles | typeof schemaFiles | typeof namespaceFiles)[number];

/** Where the containers find them. */
export const filesFolder = '/almanac';

export function shippedFile(name: ShippedFile | 'ui.sh'): string {
  return readFileSync(path.join(projectRoot, 'deploy/temporal', name), 'utf8');
}

/** A shell script that writes files from variables, and the variables. */
export function fileWriter(files: Readonly<Record<string, string>>): {
  script: string;
  environment: Record<string, string>;
} {
  const variableOf = (name: string): string => name.toUpperCase().replaceAll(/\W/g, '_');
  return {
    script: Object.keys(files)
      .map((name) => `printf '%s\\n' "$${variableOf(name)}" > ${filesFolder}/${name}`)
      .join(' && '),
    environment: Object.fromEntries(Object.entries(files).map(([name, text]) => [variableOf(name), text.trimEnd()])),
  };
}
