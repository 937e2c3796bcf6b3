// Writes schedules/schema.json from the zod schema: `npm run schema`, which compiles first.
import { writeFile } from 'node:fs/promises';
import { definitionJsonSchemaText } from '../dist/src/domain/definition/json-schema.js';

const target = new URL('../schedules/schema.json', import.meta.url);
await writeFile(target, definitionJsonSchemaText());
console.log('schedules/schema.json is written');
