import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { builtInWorkflows } from '../domain/temporal-names.js';
import { workflowRegistry } from '../domain/workflow-registry.js';

/**
 * Writes the module that the workflow bundle starts from: our own and every registered workflow, each from the file
 * that its name says (`partitionObjects` → `partition-objects`).
 *
 * @param sources folder with the workflow files, as TypeScript or compiled
 * @throws Error when a registered workflow has no file
 */
export function writeWorkflowEntry(sources: string, target: string): void {
  const missing: string[] = [];
  const lines = [...builtInWorkflows, ...Object.keys(workflowRegistry)].map((name) => {
    const base = path.join(sources, kebabCase(name));
    const file = [`${base}.ts`, `${base}.js`].find((candidate) => existsSync(candidate));
    if (file === undefined) missing.push(`${name}: ${base}.ts`);
    return `export { ${name} } from ${JSON.stringify(file ?? base)};`;
  });
  if (missing.length > 0) throw new Error(`registered workflows without a file: ${missing.join(', ')}`);
  writeFileSync(target, `${lines.join('\n')}\n`);
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
