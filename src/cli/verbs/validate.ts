import { formatDetail } from '../../domain/errors.js';
import type { Cli, ConfigureVerb } from '../cli.js';
import type { ValidationReport } from '../definitions.js';
import { examples } from '../examples.js';
import { count, oneLine } from '../output/text.js';

/** Exit code of bad input, as in the error table. */
const badInput = 2;

export const configure: ConfigureVerb = (command, cli) => {
  command
    .argument('[dir|files...]', 'folders and files to check (default: schedules)')
    .addHelpText(
      'after',
      `\nPrints file:line:column path message, a line a fault, and ends with 2 when there is one. Warnings do not fail.\n${examples(
        'almanac validate',
        'almanac validate schedules/nightly-orders.json',
        "almanac validate --json | jq '.errors[].file'",
      )}`,
    )
    .action(async (targets: string[]) => {
      const { validateTargets } = await import('../definitions.js');
      const wanted = targets.length === 0 ? ['schedules'] : targets;
      const report = await validateTargets(wanted, new Date(cli.host.now()));
      cli.print(report, () => reportLines(report, cli));
      if (!report.valid) cli.exitCode = badInput;
    });
};

function reportLines({ schedules, errors, warnings }: ValidationReport, cli: Cli): string[] {
  const { paint } = cli.out;
  const files = new Set(errors.map(({ file }) => file)).size;
  const verdict =
    errors.length === 0
      ? paint('good', `${count(schedules.length, 'valid schedule')}`)
      : paint(
          'bad',
          `${count(errors.length, 'error')} in ${count(files, 'file')}, ${count(schedules.length, 'valid schedule')}`,
        );
  return [
    ...errors.map((detail) => oneLine(formatDetail(detail))),
    ...warnings.map((detail) =>
      paint('warn', oneLine(formatDetail({ ...detail, message: `warning: ${detail.message}` }))),
    ),
    warnings.length === 0 ? verdict : `${verdict}, ${paint('warn', count(warnings.length, 'warning'))}`,
  ];
}
