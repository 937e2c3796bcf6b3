import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { RunView, ScheduleView } from '../../src/domain/views.js';
import { freePort } from './global-setup.js';

export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** The whole platform as `npm start` runs it, in a home of its own and on free ports. */
export class LocalPlatform {
  private child: ChildProcess | undefined;
  output = '';

  private constructor(
    readonly home: string,
    private readonly ports: Record<
      'ALMANAC_PORT' | 'ALMANAC_TEMPORAL_PORT' | 'ALMANAC_S3_PORT' | 'ALMANAC_SES_PORT',
      number
    >,
  ) {}

  static async create(): Promise<LocalPlatform> {
    const ports: number[] = [];
    while (ports.length < 4) ports.push(await freePort());
    const [api, temporal, s3, ses] = ports as [number, number, number, number];
    return new LocalPlatform(mkdtempSync(path.join(tmpdir(), 'almanac-e2e-')), {
      ALMANAC_PORT: api,
      ALMANAC_TEMPORAL_PORT: temporal,
      ALMANAC_S3_PORT: s3,
      ALMANAC_SES_PORT: ses,
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.ALMANAC_PORT}`;
  }

  get mailUrl(): string {
    return `http://127.0.0.1:${this.ports.ALMANAC_SES_PORT}/local/mail`;
  }

  get key(): string {
    return readFileSync(path.join(this.home, 'admin.key'), 'utf8').trim();
  }

  get webhookSecretFile(): string {
    return path.join(this.home, 'webhook-secret');
  }

  get s3(): S3Client {
    return new S3Client({
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${this.ports.ALMANAC_S3_PORT}`,
      forcePathStyle: true,
      credentials: { accessKeyId: 'almanac', secretAccessKey: 'almanac-local' },
    });
  }

  /** Environment of `npx almanac` and of the platform itself. */
  get environment(): NodeJS.ProcessEnv {
    const ports = Object.entries(this.ports).map(([name, port]) => [name, String(port)]);
    return { ...process.env, ...Object.fromEntries(ports), ALMANAC_HOME: this.home };
  }

  /** Starts the platform and waits until it says that it is ready. */
  async start(): Promise<void> {
    this.output = '';
    const child = spawn(process.execPath, ['dist/src/local/main.js'], {
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      const read = (chunk: Buffer): void => {
        this.output += chunk.toString();
        if (this.output.includes('Almanac is ready')) resolve();
      };
      child.stdout.on('data', read);
      child.stderr.on('data', read);
      child.once('exit', (code) => reject(new Error(`the platform ended with ${code}:\n${this.output}`)));
    });
  }

  /** SIGTERM, as an init system sends it; resolves with the exit code. */
  async stop(): Promise<number | null> {
    const { child } = this;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    child.kill('SIGTERM');
    await once(child, 'exit');
    return child.exitCode;
  }

  /** SIGKILL of every process of the platform, children first or not: nothing gets to say goodbye. */
  async killAll(): Promise<void> {
    const { child } = this;
    if (child?.pid === undefined) throw new Error('not started');
    const gone = once(child, 'exit');
    for (const pid of [child.pid, ...this.pids().values()]) process.kill(pid, 'SIGKILL');
    await gone;
  }

  /** Pids by component, from the platform's own state file. */
  pids(): Map<string, number> {
    const state = JSON.parse(readFileSync(path.join(this.home, 'platform.json'), 'utf8')) as {
      components: { name: string; pid?: number }[];
    };
    return new Map(
      state.components.flatMap(({ name, pid }) => (pid === undefined || pid === this.child?.pid ? [] : [[name, pid]])),
    );
  }

  remove(): void {
    if (existsSync(this.home)) rmSync(this.home, { recursive: true, force: true });
  }

  async request<T>(method: string, route: string, body?: unknown): Promise<Answer<T>> {
    const response = await fetch(`${this.url}${route}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: (text === '' ? undefined : JSON.parse(text)) as T,
    };
  }

  async put(definition: { id: string }): Promise<void> {
    const { status, body } = await this.request('PUT', `/v1/schedules/${definition.id}`, definition);
    if (status !== 200 && status !== 201) throw new Error(`PUT ${definition.id}: ${status} ${JSON.stringify(body)}`);
  }

  async trigger(id: string, body: object = {}): Promise<{ workflowId: string; runId: string }> {
    const answer = await this.request<{ workflowId: string; runId: string }>(
      'POST',
      `/v1/schedules/${id}/trigger`,
      body,
    );
    if (answer.status !== 202) throw new Error(`trigger ${id}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  }

  async schedule(id: string): Promise<ScheduleView> {
    return (await this.request<ScheduleView>('GET', `/v1/schedules/${id}`)).body;
  }

  async run(workflowId: string): Promise<RunView> {
    return (await this.request<RunView>('GET', `/v1/runs/${encodeURIComponent(workflowId)}`)).body;
  }

  async runsOf(id: string): Promise<RunView[]> {
    return (await this.request<{ items: RunView[] }>('GET', `/v1/schedules/${id}/runs`)).body.items;
  }

  /** Waits until a run ended, or fails after a minute. */
  async ended(workflowId: string): Promise<RunView> {
    return this.until(`the end of ${workflowId}`, async () => {
      const run = await this.run(workflowId);
      return run.status === 'running' ? undefined : run;
    });
  }

  async mails(): Promise<{ subject: string; text: string; to: string[]; attachments: unknown[] }[]> {
    return ((await (await fetch(this.mailUrl)).json()) as { items: [] }).items;
  }

  async until<T>(what: string, probe: () => Promise<T | undefined>, seconds = 60): Promise<T> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const value = await probe();
      if (value !== undefined) return value;
      if (Date.now() > deadline) throw new Error(`waited ${seconds} s for ${what}; the platform says:\n${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
