import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporalCli, temporalServer, temporalSqlTool, versitygw } from '../../../src/local/binaries/index.js';
import { isAtLeast, parseVersion } from '../../../src/local/binaries/version.js';
import { projectRoot } from '../../../src/local/project-root.js';

test.each([
  ['linux', 'x64', 'temporal_cli_1.8.2_linux_amd64.tar.gz', 'versitygw_v1.8.0_Linux_x86_64.tar.gz'],
  ['linux', 'arm64', 'temporal_cli_1.8.2_linux_arm64.tar.gz', 'versitygw_v1.8.0_Linux_arm64.tar.gz'],
  ['darwin', 'x64', 'temporal_cli_1.8.2_darwin_amd64.tar.gz', 'versitygw_v1.8.0_Darwin_x86_64.tar.gz'],
  ['darwin', 'arm64', 'temporal_cli_1.8.2_darwin_arm64.tar.gz', 'versitygw_v1.8.0_Darwin_arm64.tar.gz'],
  ['linux', 'riscv64', undefined, undefined],
  ['win32', 'x64', undefined, undefined],
] as const)('release assets for %s on %s', (os, arch, temporal, s3) => {
  expect(temporalCli.asset({ os, arch })).toBe(temporal);
  expect(versitygw.asset({ os, arch })).toBe(s3);
});

test.each([
  [temporalCli, 'github.com/temporalio/cli'],
  [versitygw, 'github.com/versity/versitygw'],
  [temporalServer, 'go.temporal.io/server'],
  [temporalSqlTool, 'go.temporal.io/server'],
])('the pin of $name is the one of tools/', (tool, module) => {
  const goMod = readFileSync(path.join(projectRoot(), 'tools', tool.goModule ?? tool.name, 'go.mod'), 'utf8');
  expect(goMod).toContain(`${module} v${tool.version} `);
  expect(goMod).toMatch(new RegExp(`^(?:tool |\\t)${tool.goPackage}$`, 'm'));
});

test('what the binaries print as their version is understood', () => {
  expect(temporalCli.versionPattern.exec('temporal version 1.8.2 (Server 1.31.2, UI 2.50.1)\n')?.[1]).toBe('1.8.2');
  expect(temporalServer.versionPattern.exec('temporal version 1.31.2\n')?.[1]).toBe('1.31.2');
  expect(temporalSqlTool.versionPattern.exec('temporal-sql-tool version 1.31.2\n')?.[1]).toBe('1.31.2');
  expect(versitygw.versionPattern.exec('Version  : 1.8.0\nBuild    : abc\n')?.[1]).toBe('1.8.0');
});

test.each([
  ['1.8.2', '1.8.2', true],
  ['v1.8.2', '1.8.2', true],
  ['1.8.10', '1.8.2', true],
  ['1.10.0', '1.8.2', true],
  ['2.0.0', '1.8.2', true],
  ['1.8.1', '1.8.2', false],
  ['1.7.9', '1.8.2', false],
  ['0.9.9', '1.8.2', false],
  ['0.0.0-DEV', '1.8.2', false],
  ['9.0.0-rc1', '1.8.2', false],
  ['git', '1.8.0', false],
  ['', '1.8.0', false],
])('%j at least %j: %j', (found, pinned, expected) => {
  expect(isAtLeast(found, pinned)).toBe(expected);
});

test('a version is three numbers', () => {
  expect(parseVersion(' v1.22.333\n')).toEqual([1, 22, 333]);
  expect(parseVersion('1.22')).toBeUndefined();
});
