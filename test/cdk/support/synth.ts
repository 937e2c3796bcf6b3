import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { afterAll } from 'vitest';
import { type BuildOptions, buildApp } from '../../../cdk/build-app.js';
import { createApp } from '../../../cdk/create-app.js';
import { parseSettings, type SettingsChoice } from '../../../cdk/settings/load.js';

/** Settings of tests: as little as each mode needs, with a bucket of each kind of access. */
export const modes = {
  cloud: {
    mode: 'cloud',
    address: 'orders.a1b2c.tmprl.cloud:7233',
    namespace: 'orders.a1b2c',
    apiKeySecret: 'temporal-api-key',
  },
  existing: { mode: 'existing', address: 'temporal.example.com:7233' },
  'self-hosted': { mode: 'self-hosted' },
} as const;

export type Mode = keyof typeof modes;

export function settingsOf(mode: Mode, changes: Record<string, unknown> = {}, choice: SettingsChoice = {}) {
  return parseSettings(
    'almanac.config.json',
    JSON.stringify({ region: 'eu-central-1', temporal: modes[mode], ...changes }),
    choice,
  );
}

export interface Synthesised {
  /** Folder of the cloud assembly. */
  folder: string;
  /** By the name of the stack. */
  templates: Record<string, Template>;
}

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** What `cdk synth` would write, without a process of its own. @throws when a template breaks a rule of cdk-nag without a reason */
export function synth(
  settings: ReturnType<typeof settingsOf>,
  options: BuildOptions = {},
  more?: (app: App) => void,
): Synthesised {
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-cdk-'));
  folders.push(folder);
  const app = createApp({ outdir: folder });
  buildApp(app, settings, options);
  more?.(app);
  const assembly = app.synth();
  return {
    folder,
    templates: Object.fromEntries(
      assembly.stacks.map(({ stackName, template }) => [stackName, Template.fromJSON(template)]),
    ),
  };
}

/** Every IAM statement of a template's policies, whoever has it. */
export function statementsOf(template: Template): Statement[] {
  const policies = Object.values(template.findResources('AWS::IAM::Policy'));
  const roles = Object.values(template.findResources('AWS::IAM::Role'));
  return [
    ...policies.map(({ Properties }) => Properties.PolicyDocument),
    ...roles.flatMap(({ Properties }) =>
      (Properties.Policies ?? []).map((policy: { PolicyDocument: unknown }) => policy.PolicyDocument),
    ),
  ].flatMap(({ Statement }) => Statement);
}

export interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: unknown;
  Condition?: unknown;
}

export function templateOf({ templates }: Synthesised, name: string): Template {
  const template = templates[name];
  if (template === undefined) throw new Error(`no stack ${name} among ${Object.keys(templates).join(', ')}`);
  return template;
}
