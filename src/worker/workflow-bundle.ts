import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type BundleOptions, bundleWorkflowCode, type WorkflowBundle } from '@temporalio/worker';
import { builtInWorkflows } from '../domain/temporal-names.js';
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
    const bundle = await bundleEntry(entry);
    for (const name of [...builtInWorkflows, ...Object.keys(workflowRegistry)]) {
      if (!bundle.code.includes(name)) throw new Error(`the workflow bundle has no ${name}`);
    }
    return bundle;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Bundles what one module exports. It has to lie below the packages that it uses. */
export function bundleEntry(entry: string): Promise<WorkflowBundle> {
  return bundleWorkflowCode({ workflowsPath: entry, logger: quiet, webpackConfigHook: keepSmall });
}

/**
 * Modules that nobody asks for stay out, such as the texts of zod in fifty languages: every run evaluates the bundle anew and
 * holds its own copy of it (measured: 1.6 MB a cached run instead of 2.1, and a quarter less time to start one). The source map
 * knows files and lines, which is what a stack trace shows; with columns and the sources' texts it takes 28 MB more of a worker.
 */
function keepSmall(config: WebpackConfiguration): WebpackConfiguration {
  return {
    ...config,
    devtool: 'inline-nosources-cheap-module-source-map',
    optimization: { ...config.optimization, sideEffects: true, usedExports: true, innerGraph: true },
  };
}

type WebpackConfiguration = Parameters<NonNullable<BundleOptions['webpackConfigHook']>>[0];

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
