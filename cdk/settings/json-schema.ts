import { z } from 'zod';
import { settingsFileSchema } from './schema.js';

/** The text of `almanac.config.schema.json`, for editors: draft 7, which they know best. */
export function settingsJsonSchemaText(): string {
  const { $schema, ...root } = z.toJSONSchema(settingsFileSchema, { target: 'draft-7', io: 'input' });
  return `${JSON.stringify({ $schema, title: 'Almanac deployment', ...root }, null, 2)}\n`;
}
