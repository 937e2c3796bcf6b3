import { describe, expect, test } from 'vitest';
import { verbs } from '../../src/cli/verbs.js';
import { almanac } from './support.js';

const names = verbs.map(({ name }) => name);

test.each(names)('help %s has a summary and examples, the same as --help', async (name) => {
  const [help, flag] = [await almanac(['help', name]), await almanac([name, '--help'])];
  expect(help).toEqual(flag);
  expect(help.exitCode).toBe(0);
  expect(help.stdout).toContain(`Usage: almanac ${name} `);
  expect(help.stdout).toContain(`\n  $ `);
  expect(help.stdout).toContain('--json');
});

test('no arguments, help and --help show every verb', async () => {
  const bare = await almanac([]);
  expect(bare.exitCode).toBe(0);
  expect(bare).toEqual(await almanac(['help']));
  expect(bare).toEqual(await almanac(['--help']));
  for (const name of names) expect(bare.stdout).toMatch(new RegExp(`^  ${name} `, 'm'));
});

test('--version prints the version of package.json', async () => {
  expect(await almanac(['--version'])).toEqual({ exitCode: 0, stdout: '0.1.0\n', stderr: '' });
});

describe('usage errors end with 2 and say the next step on standard error', () => {
  test.each([
    [['frobnicate'], "unknown verb 'frobnicate': the verbs are validate, next, "],
    [['lst'], "unknown verb 'lst' (Did you mean list?)"],
    [['help', 'tirgger'], "unknown verb 'tirgger' (Did you mean trigger?)"],
    [['list', '--pausd'], "unknown option '--pausd' (Did you mean --paused?): almanac help list explains it"],
    [['describe'], "missing required argument 'id': almanac help describe explains it"],
    [['describe', 'a', 'b'], "too many arguments for 'describe'"],
    [['runs', '--limit', '0'], 'Give a whole number of at least 1.'],
    [['runs', '--limit', '1e9'], 'Give a whole number of at least 1.'],
    [['runs', '--status', 'done'], 'Allowed choices are running, completed'],
    [['list', '--paused', '--active'], 'cannot be used with option'],
    [['trigger', 'a', '--overlap', 'Skip'], 'Allowed choices are skip'],
    [['trigger', 'a', '--scheduled-time', '2026-01-31'], '--scheduled-time is not an instant'],
    [['trigger', 'a', '--input', '{'], '--input is not JSON'],
    [['fail', 'https://example.com/v1/callbacks/t'], "required option '--message <text>' not specified"],
    [['complete', 'https://example.com/other'], 'neither a callback token nor a callback URL'],
    [['list', '--direct', '--url', 'http://127.0.0.1:1'], '--direct speaks to Temporal itself'],
    [['delete', 'a'], 'say --yes'],
    [['export', 'a', '--json', '--out', 'x'], 'leave out --json or --out'],
    [['plan', 'no-such-folder'], 'there is no folder or file "no-such-folder"'],
    [['plan', 'schedules', '--horizon', '1y'], '--horizon is not a duration from 1m to 366d'],
    [['plan', 'schedules/mirror-weather.json', '--prune'], 'give the folder of all files'],
    [['apply', 'test/fixtures/bad-schedules'], 'nothing is planned until they are mended'],
    [['export', 'a', '--owner', 'x'], 'leave it out, or the ids'],
  ])('%j', async (args, message) => {
    const result = await almanac(args);
    expect(result.stderr).toContain(message);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    const json = await almanac([...args, '--json']);
    expect(JSON.parse(json.stderr)).toMatchObject({ status: 400, code: 'invalid-input' });
    expect(json).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

test('common flags may stand before the verb', async () => {
  const result = await almanac(['--json', '--url', 'nonsense', 'list']);
  expect(JSON.parse(result.stderr).detail).toContain('--url is not the address of an API');
});

test('without a server: exit code 7 and what to do', async () => {
  const result = await almanac(['list']);
  expect(result).toMatchObject({ exitCode: 7, stdout: '' });
  expect(result.stderr).toContain('Start one with npm start, or set ALMANAC_URL');
});
