import type { Command } from 'commander';
import { AlmanacError } from '../domain/errors.js';
import type { Backend } from './backend/backend.js';
import type { OutputStream } from './output/terminal.js';
import { Terminal } from './output/terminal.js';

export type Env = Readonly<Record<string, string | undefined>>;

/** Everything the command line takes from its process; tests give their own. */
export interface CliHost {
  env: Env;
  cwd: string;
  stdout: OutputStream;
  stderr: OutputStream;
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  /** Milliseconds since the epoch. */
  now(): number;
  /** Aborted by Ctrl-C while a verb listens; see {@link Cli.untilInterrupted}. */
  onInterrupt(listener: () => void): () => void;
  /** Builds the backend of `--direct`: config and clients belong to the entry point. */
  connectDirect(): Promise<Backend>;
}

/** Flags that every verb takes, or every verb that talks to a server. */
export interface CommonOptions {
  json?: boolean;
  url?: string;
  keyFile?: string;
  direct?: boolean;
}

/** What a verb works with. */
export class Cli {
  readonly out: Terminal;
  readonly err: Terminal;
  options: CommonOptions = {};
  /** What the process ends with when nothing is thrown. */
  exitCode = 0;

  #backend: Promise<Backend> | undefined;

  constructor(readonly host: CliHost) {
    this.out = new Terminal(host.stdout, host.env);
    this.err = new Terminal(host.stderr, host.env);
  }

  get json(): boolean {
    return this.options.json === true;
  }

  /** The API (of ALMANAC_URL or the local platform), or Temporal itself with `--direct`; the same one each time. */
  backend(): Promise<Backend> {
    this.#backend ??= this.#connect();
    return this.#backend;
  }

  /** Ends what {@link backend} opened, so that the process can end. */
  async close(): Promise<void> {
    const backend = await this.#backend?.catch(() => undefined);
    await backend?.close();
  }

  async #connect(): Promise<Backend> {
    if (this.options.direct === true) {
      if (this.options.url !== undefined || this.options.keyFile !== undefined) {
        throw new AlmanacError('invalid-input', '--direct speaks to Temporal itself: leave out --url and --key-file');
      }
      return this.host.connectDirect();
    }
    const [{ findServer }, { HttpClient }, { createHttpBackend }] = await Promise.all([
      import('./server.js'),
      import('./backend/http-client.js'),
      import('./backend/http-backend.js'),
    ]);
    return createHttpBackend(new HttpClient(findServer(this.host, this.options)));
  }

  /** Data with `--json`, lines for people otherwise. */
  print(data: unknown, lines: () => Iterable<string>): void {
    if (this.json) this.out.json(data);
    else this.out.lines(lines());
  }
}

/** Adds arguments, options, examples and the action of a verb to its command. */
export type ConfigureVerb = (command: Command, cli: Cli) => void;
