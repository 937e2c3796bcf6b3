import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../../src/config.js';

const version = '1.58.0';

/**
 * AWS's own linter of templates, from PyPI, in a virtual environment of its own that stays in the cache folder.
 *
 * @throws Error where there is no Python 3.9 or newer, or no PyPI
 */
export function installCfnLint(): string {
  const folder = path.join(cacheFolder(), 'python', `cfn-lint-${version}`);
  const command = path.join(folder, 'bin/cfn-lint');
  if (existsSync(path.join(folder, 'complete'))) return command;
  // Its scripts hold its path: made where it stays, and known to be complete by a file that comes last.
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(path.dirname(folder), { recursive: true });
  execFileSync('python3', ['-m', 'venv', folder]);
  execFileSync(
    path.join(folder, 'bin/pip'),
    ['install', '--quiet', '--disable-pip-version-check', `cfn-lint==${version}`],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  writeFileSync(path.join(folder, 'complete'), '');
  return command;
}

export interface LintFault {
  template: string;
  rule: string;
  message: string;
  path: string;
}

/** @returns errors and warnings, each with the place in its template */
export async function lintTemplates(command: string, files: string[], region: string): Promise<LintFault[]> {
  const args = ['--format', 'json', '--regions', region, '--non-zero-exit-code', 'none', '--', ...files];
  const { stdout } = await promisify(execFile)(command, args, { maxBuffer: 64 * 1024 ** 2 });
  const found: unknown = JSON.parse(stdout);
  if (!Array.isArray(found)) throw new TypeError('cfn-lint answered with something else than a list');
  return found.map(({ Filename, Rule, Message, Location }) => ({
    template: path.basename(String(Filename)),
    rule: String(Rule?.Id),
    message: String(Message),
    path: (Location?.Path ?? []).join('/'),
  }));
}
