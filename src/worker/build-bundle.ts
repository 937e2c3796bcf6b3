import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflows } from './workflow-bundle.js';

/** Build step: `dist/workflow-bundle.js` from the compiled workflows, so that no worker bundles at start. */
const dist = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const { code } = await bundleWorkflows(path.join(dist, 'src/workflows'));
await writeFile(path.join(dist, 'workflow-bundle.js'), code);
