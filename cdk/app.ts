import path from 'node:path';
import { AlmanacError } from '../src/domain/errors.js';
import { buildApp } from './build-app.js';
import { createApp } from './create-app.js';
import { projectRoot } from './root.js';
import { loadScheduleSet } from './schedules/load-schedule-set.js';
import { contextChoice } from './settings/context.js';
import { loadSettings } from './settings/load.js';

/** Entry point of `cdk synth` and `cdk deploy`; see docs/deploy.md. */
const app = createApp();
try {
  const { file, choice } = contextChoice(app.node.getAllContext());
  const settings = loadSettings(path.resolve(projectRoot, file), choice);
  const schedules = await loadScheduleSet(path.resolve(projectRoot, settings.schedules));
  buildApp(app, settings, { schedules });
  app.synth();
} catch (error) {
  if (!(error instanceof AlmanacError)) throw error;
  process.stderr.write(`${describe(error)}\n`);
  process.exitCode = 1;
}

function describe({ message, details }: AlmanacError): string {
  const lines = details.map(({ file, line, column, path: at, message: what, value }) => {
    const place = file === undefined ? '' : `${path.relative(process.cwd(), file)}:${line ?? 1}:${column ?? 1} `;
    return `  ${place}${at === '' ? '' : `${at}: `}${what}${value === undefined ? '' : ` (${JSON.stringify(value)})`}`;
  });
  return [message, ...lines].join('\n');
}
