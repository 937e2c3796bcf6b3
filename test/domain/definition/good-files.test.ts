import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseDefinition, parseDefinitionFiles } from '../../../src/domain/definition/parse.js';
import { AlmanacError } from '../../../src/domain/errors.js';
import { loadDefinitionFiles } from '../../../src/services/definition-files.js';

const now = new Date('2026-06-01T00:00:00Z');

test.each(['test/fixtures/good-schedules', 'schedules'])('%s has no errors', async (folder) => {
  const { definitions, errors } = await loadDefinitionFiles(folder, { now });
  expect(errors).toEqual([]);
  expect(definitions.length).toBeGreaterThan(0);
});

test('a file with every key keeps every value, and has the dates in place of their file', async () => {
  const { definitions } = await loadDefinitionFiles('test/fixtures/good-schedules/every-key.json', { now });
  const raw = JSON.parse(readFileSync('test/fixtures/good-schedules/every-key.json', 'utf8'));
  raw.spec.skipDates = ['2026-12-25', { date: '2027-01-01', comment: 'New Year' }];
  // The one default: a callback.wait without `with` waits for anybody.
  raw.action.steps.find(({ id }: { id: string }) => id === 'look').with = {};
  expect(definitions[0]?.definition).toEqual(raw);
});

describe('parseDefinition', () => {
  const definition = {
    id: 'one',
    spec: { cron: ['0 2 * * *'] },
    action: { steps: [{ id: 'pause', uses: 'wait', with: { duration: '1s' } }] },
  };

  test('takes what a file takes', () => {
    expect(parseDefinition(definition)).toEqual(definition);
  });

  test('throws every fault at once, with paths and values and no file', () => {
    const bad = { ...definition, id: 'One', paused: 'no', spec: { cron: ['0 2 * *'] } };
    const error = thrownBy(() => parseDefinition(bad));
    expect(error.code).toBe('invalid-input');
    expect(error.details.map(({ path, value }) => [path, value])).toEqual([
      ['id', 'One'],
      ['paused', 'no'],
      ['spec.cron[0]', '0 2 * *'],
    ]);
    expect(error.details.every((detail) => detail.file === undefined && detail.line === undefined)).toBe(true);
  });

  test('refuses the name of a file of dates, which nobody here can read', () => {
    const named = { ...definition, spec: { ...definition.spec, skipDates: 'calendars/holidays.json' } };
    const { details } = thrownBy(() => parseDefinition(named));
    expect(details).toEqual([
      {
        path: 'spec.skipDates',
        message: expect.stringContaining('send the list of dates'),
        value: 'calendars/holidays.json',
      },
    ]);
  });

  test('refuses what is too large with its own code, and what is nested without end', () => {
    const large = { ...definition, description: 'x', action: { ...definition.action, input: 'x'.repeat(256 * 1024) } };
    expect(thrownBy(() => parseDefinition(large)).code).toBe('too-large');
    let deep: unknown = 1;
    for (let level = 0; level < 50_000; level += 1) deep = [deep];
    expect(thrownBy(() => parseDefinition({ ...definition, memo: deep })).message).toContain('1 error');
  });

  test.each([null, undefined, 1, 'text', []])('refuses %j', (value) => {
    expect(thrownBy(() => parseDefinition(value)).details).toHaveLength(1);
  });

  test('shows no header or body value, which may be a secret', () => {
    const step = {
      id: 'call',
      uses: 'http.request',
      with: { url: 'https://example.com', headers: { Authorization: ['s3cret'] } },
    };
    const { details } = thrownBy(() => parseDefinition({ ...definition, action: { steps: [step] } }));
    expect(details[0]?.path).toBe('action.steps[0].with.headers.Authorization');
    expect(JSON.stringify(details)).not.toContain('s3cret');
  });

  test('workflows other than those of the registry can be given', () => {
    const named = { ...definition, action: { workflow: 'nowhere' } };
    expect(thrownBy(() => parseDefinition(named)).details[0]?.message).toContain('no workflow is registered');
    expect(() =>
      parseDefinition(named, { workflows: { nowhere: { description: '', input: z.unknown() } } }),
    ).not.toThrow();
  });
});

describe('a workflow of another application', () => {
  const definition = (action: object) => ({ id: 'one', spec: { cron: ['@daily'] }, action });

  test('takes any name and any input, expressions included, which it has to read itself', () => {
    const action = { workflow: 'Nowhere', input: 'Dear {% name %}', external: {} };
    expect(parseDefinition(definition(action)).action).toEqual(action);
  });

  test('has one argument or several, not both', () => {
    const { details } = thrownBy(() =>
      parseDefinition(definition({ workflow: 'Nowhere', input: 1, external: { arguments: [1, 2] } })),
    );
    expect(details).toMatchObject([{ path: 'action.external.arguments', value: [1, 2] }]);
  });

  test('is no way to give steps what belongs to a workflow', () => {
    const steps = [{ id: 'w', uses: 'wait', with: { duration: '1s' } }];
    expect(thrownBy(() => parseDefinition(definition({ steps, external: {} }))).details).toMatchObject([
      { path: 'action.external', message: expect.stringContaining('unknown key') },
    ]);
  });
});

test('files are judged together: an id is taken by whoever came first', () => {
  const text = JSON.stringify({
    id: 'a',
    spec: { cron: ['@daily'] },
    action: { steps: [{ id: 'w', uses: 'wait', with: { duration: '1s' } }] },
  });
  const { definitions, errors } = parseDefinitionFiles([
    { file: 'x/a.json', text },
    { file: 'y/a.json', text: `\uFEFF${text}` },
  ]);
  expect(definitions.map(({ file }) => file)).toEqual(['x/a.json']);
  expect(errors).toMatchObject([{ file: 'y/a.json', line: 1, column: 7, path: 'id', value: 'a' }]);
});

function thrownBy(act: () => unknown): AlmanacError {
  try {
    act();
  } catch (error) {
    if (error instanceof AlmanacError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
