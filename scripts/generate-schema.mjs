// Writes schedules/schema.json and almanac.config.schema.json from the zod schemas: `npm run schema`, which compiles src first.
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { definitionJsonSchemaText } from '../dist/src/domain/definition/json-schema.js';
import { root } from './setup/root.mjs';

// cdk/ is compiled for `cdk synth` alone.
const outfile = path.join(root, 'dist/cdk/settings-json-schema.js');
await build({
  entryPoints: [path.join(root, 'cdk/settings/json-schema.ts')],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  packages: 'external',
  logLevel: 'warning',
});
const { settingsJsonSchemaText } = await import(pathToFileURL(outfile).href);

await write('schedules/schema.json', definitionJsonSchemaText());
await write('almanac.config.schema.json', settingsJsonSchemaText());

async function write(file, text) {
  await writeFile(path.join(root, file), text);
  console.log(`${file} is written`);
}
