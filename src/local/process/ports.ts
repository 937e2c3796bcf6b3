import { execFile } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A port that the platform wants to listen on, on 127.0.0.1. */
export interface PortNeed {
  port: number;
  /** Who listens there. */
  purpose: string;
  /** The variable that sets it. */
  variable: string;
}

/** A sentence for each port that can't be had: which, who holds it, and how to choose another. */
export async function portProblems(needs: readonly PortNeed[]): Promise<string[]> {
  const problems: string[] = [];
  for (const [index, need] of needs.entries()) {
    const twin = needs.slice(0, index).find((other) => other.port === need.port);
    if (twin !== undefined) {
      problems.push(`port ${need.port} is asked for twice, by ${twin.variable} and ${need.variable}: choose two`);
      continue;
    }
    const reason = await whyNotFree(need.port);
    if (reason !== undefined) {
      problems.push(`port ${need.port} (${need.purpose}) ${reason}: set ${need.variable} to another port`);
    }
  }
  return problems;
}

/** The preferred port when it is free, otherwise one that the system picks. */
export async function freePort(preferred: number): Promise<number> {
  const wanted = preferred <= 65_535 ? await listen(preferred) : undefined;
  if (typeof wanted === 'number') return wanted;
  const any = await listen(0);
  if (typeof any === 'number') return any;
  throw new Error(`no port of 127.0.0.1 is free (${String(any)})`);
}

/** Resolves when something listens at `host:port`. */
export function connects(address: string): Promise<void> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) });
    socket.setTimeout(2_000, () => socket.destroy(new Error(`${address} does not answer`)));
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}

async function whyNotFree(port: number): Promise<string | undefined> {
  const result = await listen(port);
  if (typeof result === 'number') return undefined;
  if (result === 'EACCES') return 'may not be used by this user';
  if (result !== 'EADDRINUSE') return `can not be used (${result})`;
  const holder = await holderOf(port);
  return `is taken${holder === undefined ? '' : ` by ${holder}`}`;
}

/** The port that was got, or the code of the error. */
function listen(port: number): Promise<number | string> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      const got = typeof address === 'object' && address !== null ? address.port : port;
      server.close(() => resolve(got));
    });
  });
}

/** `node (pid 4711)`, where one of the usual tools is there and may tell. */
async function holderOf(port: number): Promise<string | undefined> {
  const lsof = await outputOf('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']);
  const [pid, command] = [/^p(\d+)$/m.exec(lsof)?.[1], /^c(.+)$/m.exec(lsof)?.[1]];
  if (pid !== undefined) return `${command ?? 'a process'} (pid ${pid})`;
  const ss = /users:\(\("([^"]+)",pid=(\d+)/.exec(await outputOf('ss', ['-ltnpH', `sport = :${port}`]));
  return ss === null ? undefined : `${ss[1]} (pid ${ss[2]})`;
}

async function outputOf(command: string, args: string[]): Promise<string> {
  try {
    return (await run(command, args, { timeout: 3_000 })).stdout;
  } catch {
    // The holder is a courtesy; the message stands without it.
    return '';
  }
}
