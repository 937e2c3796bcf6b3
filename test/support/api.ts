import { createHash } from 'node:crypto';
import type { Client } from '@temporalio/client';
import type { Role } from '../../src/api/auth/principal.js';
import { type AppSettings, buildApp } from '../../src/api/build-app.js';
import { createJsonLog } from '../../src/api/json-log.js';
import type { ApiLog } from '../../src/api/log.js';
import { fixedKeyring } from '../../src/clients/keyring.js';
import { keepSecret, logDestination } from './run-logs.js';

export const testKeys: Readonly<Record<Role, string>> = {
  viewer: 'test-viewer-key',
  operator: 'test-operator-key',
  admin: 'test-admin-key',
};

/** A keyring of callback tokens; the secret is 32 zero bytes. */
export const testCallbackKeys = JSON.stringify({
  current: 'test',
  keys: [{ kid: 'test', secret: 'A'.repeat(43), createdAt: '2026-01-01T00:00:00Z' }],
});

export interface LogLine {
  level: 'info' | 'warn' | 'error';
  message: string;
  fields: Record<string, unknown>;
}

/** A log that keeps its lines, and writes them as the API does: the end of the run looks through them. */
export function memoryLog(): ApiLog & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const written = createJsonLog('debug', logDestination('api'));
  const keep = (level: LogLine['level']) => (fields: object, message: string) => {
    lines.push({ level, message, fields: { ...fields } });
    written[level](fields, message);
  };
  return { lines, info: keep('info'), warn: keep('warn'), error: keep('error') };
}

/** The app with a key a role, over a real client. */
export function testApp(client: Client, settings: Partial<AppSettings> = {}) {
  const log = memoryLog();
  for (const [role, key] of Object.entries(testKeys)) keepSecret(`the ${role}'s key`, key);
  const app = buildApp({
    client,
    taskQueue: 'almanac',
    log,
    apiKeys: JSON.stringify(
      Object.entries(testKeys).map(([role, key]) => ({
        name: `${role}-key`,
        role,
        sha256: createHash('sha256').update(key).digest('hex'),
      })),
    ),
    oidc: undefined,
    callbackKeys: fixedKeyring(testCallbackKeys),
    publicUrl: 'http://127.0.0.1:1',
    backfillMax: 10_000,
    ...settings,
  });
  return { app, log };
}

export interface CallOptions {
  as?: Role | undefined;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Calls as a role (admin unless said), with a JSON body. */
export function caller(app: ReturnType<typeof testApp>['app']) {
  return async (method: string, path: string, { as = 'admin', body, headers = {} }: CallOptions = {}) => {
    const response = await app.request(path, {
      method,
      headers: {
        authorization: `Bearer ${testKeys[as]}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : undefined };
  };
}

let ids = 0;

/** A schedule id that no other test uses. */
export function newId(prefix = 'test'): string {
  ids += 1;
  return `${prefix}-${process.pid}-${Date.now().toString(36)}-${ids}`;
}

/** A definition that fires once a year: nothing fires by itself in a test. */
export function yearly(id: string, changes: Record<string, unknown> = {}) {
  return {
    id,
    description: `Test ${id}`,
    spec: { cron: ['0 2 1 1 *'], timezone: 'Europe/Berlin' },
    action: { steps: [{ id: 'pause', uses: 'wait', with: { duration: '1h' } }] },
    ...changes,
  };
}
