import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { pipelineWorkflow } from '../domain/temporal-names.js';
import { workflowRegistry } from '../domain/workflow-registry.js';
import { writeWorkflowEntry } from './workflow-entry.js';

/**
 * Bundles every workflow of a folder, TypeScript or compiled.
 *
 * @throws Error when the bundle lacks a registered workflow, or a workflow imports what the sandbox forbids
 */
export async function bundleWorkflows(sources: string): Promise<WorkflowBundle> {
  const folder = mkdtempSync(path.join(cacheBesideModules(), 'bundle-'));
  try {
    const entry = path.join(folder, 'entry.js');
    writeWorkflowEntry(path.resolve(sources), entry);
    const bundle = await bundleWorkflowCode({ workflowsPath: entry, logger: quiet });
    for (const name of [pipelineWorkflow, ...Object.keys(workflowRegistry)]) {
      if (!bundle.code.includes(name)) throw new Error(`the workflow bundle has no ${name}`);
    }
    return bundle;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The entry has to lie where webpack finds the packages from. */
function cacheBesideModules(): string {
  const workflowPackage = createRequire(import.meta.url).resolve('@temporalio/workflow/package.json');
  const folder = path.resolve(path.dirname(workflowPackage), '../../.cache/almanac');
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** webpack's progress belongs in no log; its errors are thrown. */
const quiet = {
  log: () => undefined,
  trace: () => undefined,
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message: string) => process.stderr.write(`${message}\n`),
};
