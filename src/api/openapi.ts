import { z } from 'zod';
import { scheduleDefinition } from '../domain/definition/schedule-definition.js';
import type { ApiRouter } from './router.js';

type JsonObject = Record<string, unknown>;

/** The contract, from the same schemas that parse the requests. */
export function openApiDocument(app: ApiRouter): JsonObject {
  const document = app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Almanac',
      version: '1',
      description:
        'Serverless scheduled automation on Temporal. Roles: viewer reads, operator also pauses, triggers, cancels and terminates, admin also creates, replaces and deletes; `x-almanac-role` names the least one of each call. Errors are RFC 9457 problems.',
      license: { name: 'MIT', url: 'https://spdx.org/licenses/MIT.html' },
    },
    servers: [{ url: '/' }],
  });
  const plain: unknown = JSON.parse(JSON.stringify(document));
  return withDefinitionSchema(plain as JsonObject);
}

/** OpenAPI 3.1 takes JSON Schema as it is: the definition has the one that editors get too. */
function withDefinitionSchema(document: JsonObject): JsonObject {
  const components = document.components as JsonObject;
  const at = '#/components/schemas/ScheduleDefinition';
  const { $schema: _, ...definition } = z.toJSONSchema(scheduleDefinition, { io: 'input', target: 'draft-2020-12' });
  return {
    ...document,
    components: {
      ...components,
      schemas: {
        ...(components.schemas as JsonObject),
        ScheduleDefinition: rewriteReferences(definition, at),
      },
    },
  };
}

/** `#/$defs/x` and `#` mean the root of the document, and the schema is no longer that. */
function rewriteReferences(value: unknown, root: string): unknown {
  if (Array.isArray(value)) return value.map((item) => rewriteReferences(item, root));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' ? item.replace(/^#/, root) : rewriteReferences(item, root),
    ]),
  );
}
