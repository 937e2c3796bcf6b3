import { mkdirSync } from 'node:fs';
import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, it } from 'vitest';
import { roles } from '../../src/api/auth/principal.js';
import { caller, newId, testApp } from '../support/api.js';
import { testClient } from '../support/temporal.js';

const { app } = testApp(testClient());
const call = caller(app);

interface Operation {
  security?: unknown[];
  responses: Record<string, { content?: Record<string, unknown> }>;
  'x-almanac-role'?: (typeof roles)[number];
}

interface OpenApiDocument {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, { required?: string[]; properties?: Record<string, { anyOf?: unknown[] }> }> };
}

const document = (await (await app.request('/openapi.json')).json()) as OpenApiDocument;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
);
const named = operations.map((entry) => [`${entry.method} ${entry.path}`, entry] as const);

/** Nothing of these names exists, so that an allowed call changes nothing. */
function address(path: string): string {
  return path.replace(/\{[^}]+\}/g, newId('absent'));
}

describe('the OpenAPI document', () => {
  it('is valid, and every reference leads somewhere', async () => {
    const result = await new Validator().validate({ ...structuredClone(document) });
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1] ?? '');
    expect(references.length).toBeGreaterThan(20);
    for (const reference of new Set(references)) expect(resolve(reference), reference).toBeDefined();
  });

  it('is the committed one (npx vitest run --project integration test/api/contract.int.test.ts -u writes it)', async () => {
    mkdirSync('docs', { recursive: true });
    await expect(`${JSON.stringify(document, null, 2)}\n`).toMatchFileSnapshot('../../docs/openapi.json');
  });

  it('has the routes of the contract and none that is not there yet', () => {
    expect(named.map(([name]) => name).sort()).toEqual(
      [
        'GET /health',
        'GET /v1/schedules',
        'POST /v1/schedules',
        'GET /v1/schedules/{id}',
        'PUT /v1/schedules/{id}',
        'DELETE /v1/schedules/{id}',
        'POST /v1/schedules/{id}/pause',
        'POST /v1/schedules/{id}/unpause',
        'POST /v1/schedules/{id}/trigger',
        'GET /v1/schedules/{id}/fire-times',
        'GET /v1/schedules/{id}/runs',
        'GET /v1/schedules/{id}/export',
        'GET /v1/schedules/{id}/slots',
        'POST /v1/schedules/{id}/backfills',
        'GET /v1/backfills',
        'GET /v1/backfills/{id}',
        ...['pause', 'resume', 'cancel'].map((operation) => `POST /v1/backfills/{id}/${operation}`),
        'POST /v1/plan',
        'POST /v1/apply',
        'POST /v1/fire-times',
        'GET /v1/runs',
        'GET /v1/runs/{workflowId}',
        'POST /v1/runs/{workflowId}/cancel',
        'POST /v1/runs/{workflowId}/terminate',
        'POST /v1/runs/{workflowId}/steps/{stepId}/links',
        'GET /v1/callbacks',
        'GET /v1/callbacks/{token}',
        ...['complete', 'fail', 'heartbeat', 'cancel'].flatMap((operation) => [
          `POST /v1/callbacks/${operation}`,
          `POST /v1/callbacks/{token}/${operation}`,
        ]),
      ].sort(),
    );
  });

  it('describes a definition with the schema that editors get', () => {
    const schema = document.components.schemas.ScheduleDefinition;
    expect(schema?.properties?.action?.anyOf).toHaveLength(2);
    expect(schema?.required).toEqual(['id', 'spec', 'action']);
  });
});

describe('each role against each route', () => {
  it.each(named)('%s', async (name, { path, method, operation }) => {
    const needed = operation['x-almanac-role'];
    const body = method === 'POST' || method === 'PUT' ? {} : undefined;
    const documented = (status: number) => expect(Object.keys(operation.responses), name).toContain(String(status));

    const anonymous = await app.request(address(path), { method });
    documented(anonymous.status);
    if (needed === undefined) {
      expect([200, 404, 503]).toContain(anonymous.status);
      return;
    }
    expect(anonymous.status).toBe(401);
    expect(anonymous.headers.get('www-authenticate')).toContain('Bearer');
    expect(anonymous.headers.get('content-type')).toBe('application/problem+json');
    expect(operation.security).toEqual([{ bearer: [] }]);
    const unknown = await call(method, address(path), { headers: { authorization: 'Bearer wrong' }, body });
    expect(unknown).toMatchObject({ status: 401, json: { code: 'unauthenticated' } });

    for (const role of roles) {
      const answer = await call(method, address(path), { as: role, body });
      if (roles.indexOf(role) < roles.indexOf(needed)) {
        expect(answer, role).toMatchObject({ status: 403, json: { code: 'forbidden' } });
      } else {
        // Lists are there; nothing of an invented name is; an empty definition is not valid.
        expect([200, 400, 404], role).toContain(answer.status);
      }
      documented(answer.status);
    }
  });
});

function resolve(reference: string): unknown {
  const parts = reference.replace(/^#\//, '').split('/');
  return parts.reduce<unknown>((value, part) => {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
  }, document);
}
