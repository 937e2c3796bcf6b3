import { Option } from 'commander';
import { AlmanacError, type ErrorCode, formatDetail } from '../../domain/errors.js';
import type { ExportView } from '../../domain/export/export-view.js';
import { mapAtOnce } from '../at-once.js';
import type { Cli, ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { reportError } from '../output/report-error.js';
import { count, oneLine } from '../output/text.js';
import { collectPages } from '../pages.js';

interface ExportOptions {
  out?: string;
  force?: true;
  owner?: string;
}

const defaultFolder = 'schedules';
const readAtOnce = 8;

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('[id...]', 'ids of live schedules (else all)')
    .option('--out <dir>', `folder to write to (else ${defaultFolder})`)
    .option('--force', 'replace a file that says something else')
    .addOption(new Option('--owner <name>', 'of all, only those that this owner applied'))
    .addHelpText(
      'after',
      `\nWrites <id>.json, which planned again changes nothing. With --json prints the definitions and writes no file.
Ends with 1 when a schedule says more than a file can, and with 5 when a file in the way was left as it is.\n${examples(
        'almanac export nightly-orders',
        'almanac export --owner billing --out billing/schedules',
        'almanac export nightly-orders --json | jq .definition',
      )}`,
    )
    .action(async (ids: string[], options: ExportOptions) => {
      if (cli.json && options.out !== undefined) {
        throw new AlmanacError('invalid-input', '--json prints and writes no file: leave out --json or --out');
      }
      if (ids.length > 0 && options.owner !== undefined) {
        throw new AlmanacError('invalid-input', '--owner chooses among all schedules: leave it out, or the ids');
      }
      const all = ids.length === 0 ? await allIds(cli, options.owner) : [...new Set(ids)];
      const { exports, failures } = await readExports(cli, all);
      const lost = exports.some(({ gaps, definition }) => definition === null || gaps.some(({ kept }) => !kept));
      if (lost) cli.exitCode = 1;
      if (cli.json) cli.out.json(ids.length === 1 ? exports[0] : { items: exports });
      else await writeFiles(cli, exports, options);
      const [first] = failures;
      if (first !== undefined) throw summaryOf(failures, first.code, all.length);
    });
};

async function allIds(cli: Cli, owner: string | undefined): Promise<string[]> {
  const backend = await cli.backend();
  const filter = owner === undefined ? {} : { owner };
  const { items } = await collectPages((page) => backend.listSchedules(filter, page));
  return items.map(({ id }) => id).sort();
}

/** One that fails does not keep the rest from being read. */
async function readExports(cli: Cli, ids: readonly string[]) {
  const backend = await cli.backend();
  const failures: AlmanacError[] = [];
  const read = await mapAtOnce(ids, readAtOnce, async (id) => {
    try {
      return await backend.exportSchedule(id);
    } catch (error) {
      if (!(error instanceof AlmanacError) || ids.length === 1) throw error;
      failures.push(error);
      if (!cli.json) reportError(cli, error);
      return undefined;
    }
  });
  return { exports: read.filter((one) => one !== undefined), failures };
}

function summaryOf(failures: readonly AlmanacError[], code: ErrorCode, all: number): AlmanacError {
  return new AlmanacError(code, `${count(failures.length, 'schedule')} of ${all} not exported`, {
    details: failures.map((failure) => ({ path: '', message: failure.message })),
  });
}

async function writeFiles(cli: Cli, exports: readonly ExportView[], options: ExportOptions): Promise<void> {
  const { openExportFolder } = await import('../export-files.js');
  const name = options.out ?? defaultFolder;
  const folder = await openExportFolder(name, new Date(cli.host.now()));
  const { paint } = cli.out;
  const conflicts: string[] = [];
  for (const exported of exports) {
    if (exported.definition === null) {
      cli.out.line(`${exported.id} ${paint('bad', 'not written')}: no file can say what it is`);
    } else {
      const { file, result } = await folder.write(exported, options.force === true);
      if (result === 'differs') conflicts.push(file);
      cli.out.line(
        result === 'differs'
          ? `${file} ${paint('warn', 'left as it is')}: it says something else`
          : `${file} ${result}`,
      );
    }
    cli.out.lines(gapLines(cli, exported));
  }
  if (exports.length === 0) cli.out.line('No schedules to export.');
  if (conflicts.length === 0) return;
  throw new AlmanacError(
    'conflict',
    `${count(conflicts.length, 'file')} not replaced: --force replaces what is there`,
    {
      details: conflicts.map((file) => ({ file, path: '', message: 'differs from the live schedule' })),
    },
  );
}

function gapLines(cli: Cli, { gaps }: ExportView): string[] {
  return gaps.map(({ kept, ...detail }) => {
    const what = kept
      ? cli.out.paint('faint', 'stays on the live schedule:')
      : cli.out.paint('warn', 'not in the file:');
    return `  ${what} ${oneLine(formatDetail(detail))}`;
  });
}
