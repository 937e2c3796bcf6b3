import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, openSync, readdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../../../scripts/setup/free-port.mjs';
import { createAuthority, issueCertificate } from '../../../src/deploy/cluster/certificates.js';
import { embeddedPostgres } from './embedded-postgres.js';

export interface Postgres {
  host: string;
  port: number;
  user: string;
  password: string;
  /** PEM of the authority that signed its certificate. */
  ca: string;
  stop(): Promise<void>;
}

/** PostgreSQL of the system or of the cache, with its data below `home`, that takes TLS connections alone, as Aurora is set to. */
export async function startPostgres(home: string, cache: string): Promise<Postgres> {
  const owner = ownerOfData();
  const programs = readableBy(owner, systemPostgres() ?? (await embeddedPostgres(cache)), home);
  const data = path.join(home, 'postgres');
  const [user, password] = ['temporal', 'pass-"word\\\'1'];
  const authority = createAuthority('test database');
  const certificate = issueCertificate(authority, ['localhost']);
  mkdirSync(data);
  const write = (name: string, text: string): string => {
    const file = path.join(home, name);
    writeFileSync(file, text, { mode: 0o600 });
    if (owner !== undefined) chownSync(file, owner.uid, owner.gid);
    return file;
  };
  if (owner !== undefined) chownSync(data, owner.uid, owner.gid);
  const passwordFile = write('postgres-password', password);
  execFileSync(
    path.join(programs, 'initdb'),
    [
      '-D',
      data,
      '-U',
      user,
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '-E',
      'UTF8',
      '--locale=C',
      '--no-sync',
    ],
    { stdio: ['ignore', 'ignore', 'inherit'], cwd: home, ...owner },
  );
  const hba = write('pg_hba.conf', 'hostssl all all 127.0.0.1/32 scram-sha-256\n');
  const port = await freePort();
  const settings = {
    ...{ listen_addresses: '127.0.0.1', port, unix_socket_directories: '', hba_file: hba, fsync: 'off' },
    ...{ ssl: 'on', max_connections: 300 },
    ssl_cert_file: write('postgres.crt', certificate.certificate),
    ssl_key_file: write('postgres.key', certificate.key),
  };
  const log = openSync(path.join(home, 'postgres.log'), 'a');
  const child = spawn(
    path.join(programs, 'postgres'),
    ['-D', data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    { stdio: ['ignore', log, log], cwd: home, ...owner },
  );
  await ready(child, path.join(data, 'postmaster.pid'));
  return { host: 'localhost', port, user, password, ca: authority.certificate, stop: () => stop(child) };
}

/** Folder of `initdb` and `postgres`, on PATH or where Debian has them. */
function systemPostgres(): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...(process.env.PATH ?? '').split(path.delimiter),
    ...versions.map((version) => path.join(debian, version, 'bin')),
  ];
  return folders.find((folder) => existsSync(path.join(folder, 'initdb')) && existsSync(path.join(folder, 'postgres')));
}

interface Owner {
  uid: number;
  gid: number;
}

/** PostgreSQL does not run as root: there it runs as nobody. */
function ownerOfData(): Owner | undefined {
  return process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;
}

/** A cache below /root is closed to nobody: copied where it is not. */
function readableBy(owner: Owner | undefined, programs: string, home: string): string {
  if (owner === undefined) return programs;
  chmodSync(home, 0o755);
  try {
    execFileSync(path.join(programs, 'postgres'), ['--version'], { stdio: 'ignore', cwd: '/', ...owner });
    return programs;
  } catch {
    const copy = path.join(home, 'postgres-programs');
    cpSync(path.dirname(programs), copy, { recursive: true, verbatimSymlinks: true });
    return path.join(copy, path.basename(programs));
  }
}

/** The last line of its pid file says `ready`. */
async function ready(child: ChildProcess, pidFile: string): Promise<void> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline; ) {
    if (child.exitCode !== null) throw new Error(`PostgreSQL ended with exit code ${child.exitCode}: see postgres.log`);
    const text = await readFile(pidFile, 'utf8').catch(() => '');
    if (/^ready\s*$/m.test(text)) return;
    await delay(100);
  }
  throw new Error('PostgreSQL did not come up in 60 s: see postgres.log');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  // SIGINT is its fast shutdown: connections are closed, nothing is waited for.
  child.kill('SIGINT');
  await gone;
}
