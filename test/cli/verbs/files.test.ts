import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { almanac } from '../support.js';

const folder = mkdtempSync(path.join(tmpdir(), 'almanac-cli-files-'));
afterAll(() => rmSync(folder, { recursive: true }));

const wait = { steps: [{ id: 'pause', uses: 'wait', with: { duration: '1s' } }] };

function write(name: string, content: unknown): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return file;
}

const good = write('good/hourly.json', {
  id: 'hourly',
  spec: { cron: ['30 2 * * *'], timezone: 'Europe/Berlin' },
  action: wait,
});
const old = write('warned/old.json', { id: 'old', spec: { cron: ['0 0 1 1 * 2001'] }, action: wait });
const broken = write('bad/broken.json', '{ "id": "broken",\n  "spec": }');
const wrong = write('bad/wrong.json', { id: 'wrong', spec: { cron: ['61 * * * *'] }, action: wait, extra: 1 });

describe('validate', () => {
  test('good files', async () => {
    expect(await almanac(['validate', path.dirname(good)])).toEqual({
      exitCode: 0,
      stdout: '1 valid schedule\n',
      stderr: '',
    });
  });

  test('every fault of every file, a line each, and exit code 2', async () => {
    const { exitCode, stdout, stderr } = await almanac(['validate', path.dirname(wrong)]);
    expect(exitCode).toBe(2);
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(new RegExp(`^${broken}:2:11 `));
    expect(lines.some((line) => line.startsWith(`${wrong}:5:7 spec.cron[0] minute: "61"`))).toBe(true);
    expect(lines.some((line) => /^\S+wrong\.json:\d+:\d+ extra unknown key/.test(line))).toBe(true);
    expect(lines.at(-1)).toBe('3 errors in 2 files, 0 valid schedules');
  });

  test('several folders and files at once, as JSON', async () => {
    const { exitCode, stdout } = await almanac(['validate', path.dirname(good), wrong, '--json']);
    expect(exitCode).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      valid: false,
      schedules: [{ id: 'hourly', file: good }],
      errors: expect.arrayContaining([expect.objectContaining({ file: wrong, path: 'spec.cron[0]', line: 5 })]),
      warnings: [],
    });
  });

  test('warnings are marked and do not fail', async () => {
    const { exitCode, stdout } = await almanac(['validate', old]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/old\.json:\d+:\d+ spec warning: has no fire time left/);
    expect(stdout).toMatch(/^1 valid schedule, \d+ warnings?$/m);
  });

  test('a folder that is not there', async () => {
    expect(await almanac(['validate', path.join(folder, 'none')])).toMatchObject({ exitCode: 2, stdout: '' });
  });
});

describe('next of a file', () => {
  const now = () => Date.UTC(2026, 2, 27, 12);

  test('in the timezone of the schedule, with the change of the clocks marked', async () => {
    const { exitCode, stdout } = await almanac(['next', good, '-n', '3'], { now });
    expect(exitCode).toBe(0);
    // On 29 March 02:30 does not exist in Berlin: nothing fires.
    expect(stdout).toBe(
      [
        'DAY  Europe/Berlin        OFFSET  FROM NOW',
        'Sat  2026-03-28 02:30:00  +01:00  in 13h 30m',
        'Mon  2026-03-30 02:30:00  +02:00  in 2d 12h   clocks changed: +01:00 to +02:00',
        'Tue  2026-03-31 02:30:00  +02:00  in 3d 12h',
        '',
      ].join('\n'),
    );
  });

  test('what a policy makes of hours that are left out or come twice', async () => {
    const spec = { cron: ['30 2 * * *'], timezone: 'Europe/Berlin', dst: { gap: 'shift', fold: 'both' } };
    const file = write('good/clocks.json', { id: 'clocks', spec, action: wait });
    const rows = async (from: string, to: string) => {
      const { stdout } = await almanac(['next', file, '--from', from, '--to', to], { now });
      return stdout.split('\n').slice(1, -1);
    };
    expect(await rows('2026-03-29', '2026-03-30T12:00')).toEqual([
      'Sun  2026-03-29 03:30:00  +02:00  in 1d 13h',
      'Mon  2026-03-30 02:30:00  +02:00  in 2d 12h',
    ]);
    expect((await rows('2026-10-24', '2026-10-26T12:00')).map((row) => row.replace(/in \S+ \S+ +/, ''))).toEqual([
      expect.stringMatching(/^Sat {2}2026-10-24 02:30:00 {2}\+02:00/),
      'Sun  2026-10-25 02:30:00  +02:00  comes twice that day: the first',
      'Sun  2026-10-25 02:30:00  +01:00  clocks changed: +02:00 to +01:00; comes twice that day: the second',
      expect.stringMatching(/^Mon {2}2026-10-26 02:30:00 {2}\+01:00/),
    ]);
  });

  test('as JSON, with a window on local clocks', async () => {
    const args = ['next', good, '--from', '2026-07-01', '--to', '2026-07-03', '--json'];
    expect(JSON.parse((await almanac(args)).stdout)).toEqual({
      fireTimes: ['2026-07-01T00:30:00.000Z', '2026-07-02T00:30:00.000Z'],
      truncated: false,
    });
  });

  test('-n cuts and says so', async () => {
    const { stdout } = await almanac(['next', good, '-n', '1', '--json'], { now });
    expect(JSON.parse(stdout)).toEqual({ fireTimes: ['2026-03-28T01:30:00.000Z'], truncated: true });
  });

  test('nothing in the window', async () => {
    const args = ['next', good, '--from', '2026-01-01T10:00', '--to', '2026-01-01T11:00'];
    expect(await almanac(args)).toEqual({ exitCode: 0, stdout: 'No fire times in this window.\n', stderr: '' });
  });

  test.each([
    [['--from', 'soon'], '--from is no time: "soon"'],
    [['--to', '2026-02-30'], '--to is no time: "2026-02-30"'],
    [['--from', '+2d', '--to', '+1d'], 'is before --from'],
    [['-n', 'many'], 'Give a whole number of at least 1.'],
  ])('%j ends with 2', async (args, message) => {
    const result = await almanac(['next', good, ...args], { now });
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toContain(message);
  });

  test('a file with faults shows them all', async () => {
    const result = await almanac(['next', wrong]);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toContain(`${wrong}:5:7 spec.cron[0]`);
    expect(result.stderr).toContain('extra unknown key');
  });
});
