import { expect, test } from 'vitest';
import { parseDefinition } from '../../../src/domain/definition/parse.js';
import { compileSpec, tryCompileSpec } from '../../../src/domain/spec/compile-spec.js';

test('a spec is compiled once, and one that only equals it by itself', () => {
  const spec = { cron: ['0 2 * * *'], timezone: 'Europe/Berlin' };
  expect(compileSpec(spec)).toBe(compileSpec(spec));
  const other = { ...spec, cron: ['0 3 * * *'] };
  expect(compileSpec(other)).not.toEqual(compileSpec(spec));
});

test('faults are told each time', () => {
  const spec = { cron: ['0 25 * * *'] };
  expect(tryCompileSpec(spec).faults).toHaveLength(1);
  expect(() => compileSpec(spec)).toThrow('the spec is not valid');
  expect(() => compileSpec(spec)).toThrow('the spec is not valid');
});

test('checking a definition compiles what is planned and written later', () => {
  const steps = [{ id: 'rest', uses: 'wait', with: { duration: '1h' } }];
  const { spec } = parseDefinition({ id: 'once', spec: { cron: ['0 2 * * *'] }, action: { steps } });
  const [calendar] = compileSpec(spec).calendars;
  expect(tryCompileSpec(spec).base.calendars[0]).toBe(calendar);
});
