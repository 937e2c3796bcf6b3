import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { prefixOf, stackName } from '../../cdk/names.js';
import { contextChoice } from '../../cdk/settings/context.js';
import { settingsJsonSchemaText } from '../../cdk/settings/json-schema.js';
import { loadSettings, parseSettings, type SettingsChoice } from '../../cdk/settings/load.js';
import { AlmanacError } from '../../src/domain/errors.js';

const minimal = { region: 'eu-central-1', temporal: { mode: 'existing', address: 'temporal.example.com:7233' } };

const vpcId = 'vpc-0123456789abcdef0';
const twoZones = {
  'eu-central-1a': { workers: 'subnet-0000000a' },
  'eu-central-1b': { workers: 'subnet-0000000b' },
};

const parse = (value: unknown, choice?: SettingsChoice) => parseSettings('f.json', JSON.stringify(value), choice);

function faultsOf(value: unknown, choice?: SettingsChoice) {
  try {
    parse(value, choice);
  } catch (error) {
    if (error instanceof AlmanacError) return error.details.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

function placesOf(act: () => unknown): string[] {
  try {
    act();
  } catch (error) {
    if (!(error instanceof AlmanacError)) throw error;
    return error.details.map(({ path, line, column }) => `${line}:${column} ${path}`);
  }
  return [];
}

describe('almanac.config.json', () => {
  it('needs a region and Temporal, and has a value for the rest', () => {
    const settings = parse(minimal);
    expect(settings).toMatchObject({
      name: 'almanac',
      stage: 'default',
      temporal: { mode: 'existing', namespace: 'default', tls: true },
      worker: { cpu: 1024, memory: 2048, min: 1, max: 10, spotShare: 0.5, architecture: 'arm64', taskQueue: 'almanac' },
      api: { control: { rate: 50, burst: 100 }, callbacks: { rate: 200, burst: 400 } },
      logs: { days: 30 },
      removal: 'retain',
    });
  });

  it('the example is under ten lines and good', () => {
    expect(readFileSync('almanac.config.example.json', 'utf8').trim().split('\n').length).toBeLessThan(10);
    expect(loadSettings('almanac.config.example.json').temporal.mode).toBe('self-hosted');
  });

  it('tells every fault at once, where it is', () => {
    const text = `{
  "region": "middle-earth",
  "temporal": { "mode": "cloud", "address": "here" },
  "worker": { "min": 5, "max": 2, "speed": 9, "cpu": 256, "memory": 4096 },
  "buckets": [{ "name": "UPPER", "access": "all" }],
  "network": { "natGateways": 3 },
  "http": { "allow": ["10.0.0.0/99"] }
}`;
    const places = placesOf(() => parseSettings('almanac.config.json', text));
    expect(places).toEqual(
      expect.arrayContaining([
        '2:13 region',
        expect.stringMatching(/^3:\d+ temporal\.address$/),
        expect.stringMatching(/^3:\d+ temporal\.namespace$/),
        expect.stringMatching(/^4:\d+ worker\.speed$/),
        expect.stringMatching(/^5:\d+ buckets\[0\]\.name$/),
        expect.stringMatching(/^5:\d+ buckets\[0\]\.access$/),
        // How values relate, which zod would not look at any more.
        expect.stringMatching(/^4:\d+ worker\.max$/),
        expect.stringMatching(/^4:\d+ worker\.memory$/),
        expect.stringMatching(/^6:\d+ network\.natGateways$/),
        expect.stringMatching(/^7:\d+ http\.allow\[0\]$/),
      ]),
    );
    expect(places).toHaveLength(11);
  });

  it.each<[string, Record<string, unknown>, ...string[]]>([
    ['more workers at least than at most', { worker: { min: 5, max: 2 } }, 'worker.max: must be at least worker.min'],
    [
      'more workers at least than the default at most',
      { worker: { min: 20 } },
      'worker.max: must be at least worker.min (20)',
    ],
    [
      'memory that Fargate lacks',
      { worker: { cpu: 256, memory: 4096 } },
      'worker.memory: Fargate has no such memory with cpu 256: take 512, 1024, 2048',
    ],
    [
      'memory between the steps',
      { worker: { memory: 2500 } },
      'worker.memory: Fargate has no such memory with cpu 1024: take 2048 to 8192 in steps of 1024',
    ],
    [
      'a database that is smaller at most than at least',
      { temporal: { mode: 'self-hosted', aurora: { minCapacity: 16 } } },
      'temporal.aurora.maxCapacity: must be at least temporal.aurora.minCapacity (16)',
    ],
    ['more NAT gateways than zones', { network: { natGateways: 3 } }, 'network.natGateways: at most one in each'],
    [
      'a bucket twice',
      {
        buckets: [
          { name: 'orders', access: 'read' },
          { name: 'orders', access: 'write' },
        ],
      },
      'buckets[1].name: stands in buckets[0] already',
    ],
    ['a host that is none', { http: { allow: ['a host'] } }, 'http.allow[0]: not a CIDR, an address or a host name'],
    ['subnets of a new VPC', { network: { subnets: twoZones } }, 'network.subnets: are those of an existing VPC'],
    [
      'subnets in one zone',
      { network: { vpcId, subnets: { 'eu-central-1a': { workers: 'subnet-0000000a' } } } },
      'network.subnets: name two availability zones at least',
    ],
    [
      'zones of another region',
      { region: 'us-east-1', network: { vpcId, subnets: { ...twoZones, 'us-east-1a': twoZones['eu-central-1a'] } } },
      'network.subnets["eu-central-1a"]: is not in the region us-east-1',
      'network.subnets["eu-central-1b"]: is not in the region us-east-1',
    ],
    [
      'data subnets in one zone alone',
      {
        network: {
          vpcId,
          subnets: { ...twoZones, 'eu-central-1c': { workers: 'subnet-0000000c', data: 'subnet-0000000d' } },
        },
      },
      'network.subnets["eu-central-1a"]: has no data subnet, unlike the others',
      'network.subnets["eu-central-1b"]: has no data subnet, unlike the others',
    ],
    ['a mail sender that is none', { mail: { from: 'nobody' } }, 'mail.from'],
    ['an http API', { api: { publicUrl: 'http://almanac.example.com' } }, 'api.publicUrl'],
    ['days that CloudWatch does not know', { logs: { days: 31 } }, 'logs.days'],
    ['keys that are misspelt', { wroker: {} }, 'wroker'],
  ])('refuses %s', (_, changes, ...faults) => {
    expect(faultsOf({ ...minimal, ...changes })).toEqual(faults.map((fault) => expect.stringContaining(fault)));
  });

  it('says what to do when there is none', () => {
    expect(() => loadSettings('absent.config.json')).toThrow(/copy almanac\.config\.example\.json/);
  });
});

describe('stages', () => {
  const staged = {
    ...minimal,
    worker: { min: 1, max: 4 },
    stages: {
      dev: { removal: 'destroy' },
      prod: { worker: { max: 50 }, temporal: { mode: 'self-hosted' }, tags: { cost: 'orders' } },
    },
  };

  it('change what they name and keep the rest', () => {
    expect(parse(staged, { stage: 'prod' })).toMatchObject({
      stage: 'prod',
      worker: { min: 1, max: 50 },
      temporal: { mode: 'self-hosted', retention: 7 },
      tags: { cost: 'orders' },
      removal: 'retain',
    });
    expect(parse(staged, { stage: 'dev' })).toMatchObject({ worker: { max: 4 }, removal: 'destroy' });
  });

  it('have to be chosen, by a name that is there', () => {
    expect(faultsOf(staged)).toEqual([expect.stringMatching(/which stage\? Say -c stage=NAME with one of dev, prod/)]);
    expect(faultsOf(staged, { stage: 'prd' })).toEqual([expect.stringMatching(/there is no stage prd.*prod/)]);
    expect(faultsOf(minimal, { stage: 'prod' })).toEqual([expect.stringMatching(/the file has no stages/)]);
    expect(faultsOf({ ...minimal, stages: { Prod: {} } }, { stage: 'Prod' })).toEqual([
      expect.stringMatching(/^stages\.Prod: not a stage/),
    ]);
  });

  it('have their faults told where they stand', () => {
    const faults = faultsOf({ ...staged, stages: { prod: { worker: { spotShare: 2 } } } }, { stage: 'prod' });
    expect(faults).toEqual([expect.stringMatching(/^stages\.prod\.worker\.spotShare/)]);
  });

  it('have names of their own', () => {
    const [base, prod] = [parse(minimal), parse(staged, { stage: 'prod' })];
    expect([prefixOf(base), prefixOf(prod)]).toEqual(['almanac', 'almanac-prod']);
    expect([stackName(base, 'Api'), stackName(prod, 'Api')]).toEqual(['AlmanacApi', 'AlmanacProdApi']);
    expect(stackName(parse({ ...minimal, name: 'night-shift' }), 'Api')).toBe('NightShiftApi');
  });
});

describe('-c', () => {
  const choiceOf = (context: Record<string, unknown>) => contextChoice(context);

  it('stands above the file, and other context is left alone', () => {
    const { file, choice } = choiceOf({
      'worker.max': '20',
      'temporal.mode': 'self-hosted',
      'aws:cdk:enable-path-metadata': true,
      '@aws-cdk/core:x': 'y',
    });
    expect(file).toBe('almanac.config.json');
    expect(parse(minimal, choice)).toMatchObject({ worker: { max: 20 }, temporal: { mode: 'self-hosted' } });
    expect(choiceOf({ config: 'other.json', stage: 'prod' })).toEqual({
      file: 'other.json',
      choice: { stage: 'prod', overrides: {} },
    });
  });

  it('with a name that is a slip is refused, and not passed over as somebody else’s context', () => {
    const slips = { 'wroker.max': '20', stge: 'prod', 'cdk.something': 'x', bundling: 'y' };
    expect(() => contextChoice(slips)).toThrow(
      expect.objectContaining({
        code: 'invalid-input',
        details: [
          { path: 'wroker.max', message: 'unknown with -c; did you mean "worker.max"?', value: '20' },
          { path: 'stge', message: 'unknown with -c; did you mean "stage"?', value: 'prod' },
        ],
      }),
    );
  });

  it('is named in the fault that it makes', () => {
    expect(faultsOf(minimal, choiceOf({ 'worker.max': 'many' }).choice)).toEqual([
      expect.stringMatching(/^worker\.max: .*given with -c worker\.max/),
    ]);
    expect(faultsOf(minimal, choiceOf({ 'worker.mx': '3' }).choice)).toEqual([expect.stringMatching(/worker\.mx/)]);
  });
});

it('almanac.config.schema.json is the schema of today', () => {
  const committed = readFileSync('almanac.config.schema.json', 'utf8');
  expect(committed, 'it differs from the zod schema: run `npm run schema` and commit it').toBe(
    settingsJsonSchemaText(),
  );
});
