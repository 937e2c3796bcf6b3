import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { manifestOfSources, manifestText } from '../domain/worker-manifest.js';
import { bundleWorkflows } from './workflow-bundle.js';

/**
 * Build step: `dist/workflow-bundle.js` from the compiled workflows, so that no worker bundles at start, and beside it what a worker
 * with this bundle can run.
 */
const dist = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { code } = await bundleWorkflows(path.join(dist, 'src/workflows'));
await writeFile(path.join(dist, 'workflow-bundle.js'), code);
await writeFile(path.join(dist, 'worker-manifest.json'), manifestText(manifestOfSources()));
