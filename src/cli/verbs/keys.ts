import { randomBytes } from 'node:crypto';
import { Argument } from 'commander';
import type { KeyringFile } from '../../domain/callback/keyring.js';
import { defaultKeepMs, rotateKeyring } from '../../domain/callback/rotate-keyring.js';
import { parseDuration } from '../../domain/duration.js';
import { AlmanacError } from '../../domain/errors.js';
import type { Cli, ConfigureVerb } from '../cli.js';
import { examples } from '../examples.js';
import { readKeyringFile, writeKeyringFile } from '../keyring-file.js';
import { type Cell, formatTable } from '../output/table.js';
import { when } from '../output/when.js';

interface KeysOptions {
  file?: string;
  keep?: string;
}

export const configure: ConfigureVerb = (command, cli) => {
  command
    .addArgument(new Argument('<action>', 'what to do').choices(['list', 'rotate']))
    .option('--file <file>', 'the keyring (else ALMANAC_CALLBACK_KEYS_FILE, else that of the local platform)')
    .option('--keep <duration>', 'rotate: how long a retired key still opens its links', '366d')
    .addHelpText(
      'after',
      `\nSecrets are never shown. After a rotation new links are sealed with a new key; worker and API take it up by themselves.\n${examples(
        'almanac keys list',
        'almanac keys rotate',
        'almanac keys rotate --file ring.json --keep 30d',
      )}`,
    )
    .action((action: 'list' | 'rotate', { file: given, keep }: KeysOptions) => {
      const { file, ring } = readKeyringFile(cli.host, given);
      if (action === 'list') return cli.print(keysView(ring), () => keyLines(ring, cli));
      const fresh = { kid: `k-${randomBytes(4).toString('hex')}`, secret: randomBytes(32).toString('base64url') };
      const now = new Date(cli.host.now());
      const { keyring, dropped } = rotateKeyring(ring, { fresh, now, keepMs: keepTime(keep) });
      writeKeyringFile(file, keyring);
      cli.print({ ...keysView(keyring), dropped }, () => [
        `New links are sealed with ${fresh.kid}. Links of the keys before still open.`,
        ...(dropped.length === 0 ? [] : [`Dropped: ${dropped.join(', ')}. Their links open no more.`]),
      ]);
    });
};

function keepTime(text: string | undefined): number {
  const ms = text === undefined ? defaultKeepMs : parseDuration(text);
  if (ms !== undefined) return ms;
  throw new AlmanacError('invalid-input', `--keep ${text} is not a duration: write it as in 30d or 12h`);
}

/** Ids and dates, and nothing that opens a token. */
function keysView({ current, keys }: KeyringFile) {
  return {
    current,
    keys: keys.map(({ kid, createdAt, retiredAt }) => ({
      kid,
      createdAt,
      ...(retiredAt === undefined ? {} : { retiredAt }),
    })),
  };
}

function keyLines({ current, keys }: KeyringFile, cli: Cli): string[] {
  const rows = keys.map(({ kid, createdAt, retiredAt }): Cell[] => [
    { text: kid, tone: 'strong' },
    kid === current ? 'seals and opens' : 'opens',
    when(cli, createdAt),
    retiredAt === undefined ? '-' : when(cli, retiredAt),
  ]);
  return formatTable(['KEY', 'USE', 'CREATED', 'RETIRED'], rows, cli.out.paint);
}
