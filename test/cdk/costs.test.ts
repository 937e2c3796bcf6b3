import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { answerClasses } from '../../cdk/constructs/callback-answers.js';
import { sizes } from '../../cdk/constructs/temporal/server-service.js';
import { fleetMetrics } from '../../src/deploy/fleet/fleet-metrics.js';
import { metricsBetween, readTotals } from '../../src/domain/fleet/prometheus.js';
import { type Synthesised, settingsOf, synth } from './support/synth.js';

/** The arithmetic of docs/deploy.md, and what it counts, held against the templates. Prices are nobody's to check here. */
const page = readFileSync('docs/deploy.md', 'utf8');

/** Cells of the table rows below a heading. */
function rowsBelow(heading: string): string[][] {
  const [, section = ''] = page.split(`\n### ${heading}`);
  const rows = [...(section.split('\n#')[0] ?? '').matchAll(/^\| (.+) \|$/gm)].map(([, row = '']) =>
    row.split('|').map((cell) => cell.trim()),
  );
  return rows.slice(2);
}

const number = (text: string): number => Number(text.replaceAll(/[*,]/g, ''));

/** `(1 × 0.03238 + 2 × 0.00356) × 730`, with units and words passed over. */
function evaluate(text: string): number {
  const plain = text
    .replaceAll('×', '*')
    .replaceAll(',', '')
    .replaceAll(/\/ million/g, '/ 1000000')
    .replaceAll(/[^\d.+*/() ]/g, '');
  expect(plain).toMatch(/^[\d.+*/() ]+$/);
  return Number(new Function(`return ${plain}`)());
}

describe('idle', () => {
  const rows = rowsBelow('Idle');
  const amounts = rows.slice(0, -1);

  it.each(amounts)('%s', (_, arithmetic = '', amount = '') => {
    expect(evaluate(arithmetic)).toBeCloseTo(number(amount), 1);
  });

  it('adds up', () => {
    expect(amounts.reduce((sum, row) => sum + number(row[2] ?? ''), 0)).toBeCloseTo(number(rows.at(-1)?.[2] ?? ''), 2);
  });
});

describe('by runs', () => {
  const rows = rowsBelow('By runs');
  const sum = rows.findIndex(([name]) => name?.includes('sum above idle'));
  const perRun = rows.slice(0, sum);

  it.each([
    [2, 10_000],
    [3, 1_000_000],
  ])('column %i adds up', (column) => {
    const total = perRun.reduce((before, row) => before + number(row[column] ?? ''), 0);
    expect(total).toBeCloseTo(number(rows[sum]?.[column] ?? ''), 2);
  });

  it('each line is so many times its price', () => {
    const priced = {
      'HTTP API': 2 / 1e6,
      Lambda: 2 * 0.1 * 0.0000133334 + (2 * 0.2) / 1e6,
      logs: (6 * 0.5) / 1e6,
      'NAT traffic': (10 * 0.045) / 1e6,
      mail: 0.1 / 1000,
    };
    for (const [name, price] of Object.entries(priced)) {
      const row = perRun.find(([first]) => first === name);
      expect(number(row?.[2] ?? ''), name).toBeCloseTo(price * 10_000, 1);
      expect(number(row?.[3] ?? ''), name).toBeCloseTo(price * 1_000_000, 1);
    }
    const [worker] = rowsBelow('Idle').map((row) => number(row[2] ?? ''));
    const more = perRun.find(([first]) => first === 'more workers');
    expect(number(more?.[3] ?? '')).toBeCloseTo((worker ?? 0) * (0.5 + 0.5 * 0.3), 1);
  });
});

describe('what is counted', () => {
  let out: Synthesised;
  beforeAll(() => {
    out = synth(settingsOf('cloud'));
  });

  const count = (type: string): number =>
    Object.values(out.templates).reduce((sum, one) => sum + Object.keys(one.findResources(type)).length, 0);
  const arithmeticOf = (name: string) => rowsBelow('Idle').find(([first]) => first?.startsWith(name))?.[1] ?? '';

  it('metrics are those that are written, alarms those of the stack and two of the scaling', () => {
    const figures = { backlog: { tasks: 0, ageSeconds: 0 }, runningTasks: 1, runs: {}, missedFires: 0 };
    const latency = ['activity', 'workflow_task']
      .map((kind) => `temporal_${kind}_schedule_to_start_latency_bucket{le="50"} 1`)
      .join('\n');
    const names = new Set(
      [...fleetMetrics(figures), ...metricsBetween(new Map(), readTotals(latency))].map(({ name }) => name),
    );
    const metrics = names.size + Object.keys(answerClasses).length;
    // An alarm over an expression is billed for each metric in it: failed and timed-out runs are two.
    const alarms = count('AWS::CloudWatch::Alarm') + 1 + 2;
    expect(arithmeticOf('metrics, alarms, dashboard')).toBe(`${metrics} × 0.30 + ${alarms} × 0.10 + 3.00`);
    expect(count('AWS::CloudWatch::Dashboard')).toBe(1);
  });

  it('secrets and keys, endpoints and gateways', () => {
    expect(arithmeticOf('secrets')).toBe(
      `${count('AWS::SecretsManager::Secret') + 1} × 0.40 + ${count('AWS::KMS::Key')} × 1.00`,
    );
    const interfaces = count('AWS::EC2::VPCEndpoint') - 1;
    expect(arithmeticOf('interface endpoints')).toBe(`${interfaces} × 2 zones × 0.01 × 730`);
    expect(count('AWS::EC2::NatGateway')).toBe(1);
  });

  it('the tasks of a cluster of its own', () => {
    const [, tasks = ''] = /self-hosted` about \d+ \((\d+) for the tasks/.exec(page) ?? [];
    const { cpu, memory } = Object.values(sizes).reduce(
      (sum, size) => ({ cpu: sum.cpu + size.tasks * size.cpu, memory: sum.memory + size.tasks * size.memory }),
      { cpu: 256, memory: 512 },
    );
    const month = ((cpu / 1024) * 0.03238 + (memory / 1024) * 0.00356) * 730;
    expect(Math.abs(month - Number(tasks))).toBeLessThan(1);
  });
});
