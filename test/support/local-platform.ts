import { readFileSync } from 'node:fs';
import path from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import type { RunView, ScheduleView } from '../../src/domain/views.js';
import { type StartedPlatform, TestPlatform } from './test-platform.js';

export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

/** A platform as its users meet it: through the API, S3 and mail. Its processes are a {@link TestPlatform}'s. */
export class LocalPlatform {
  private running: StartedPlatform | undefined;

  private constructor(private readonly processes: TestPlatform) {}

  static async create(): Promise<LocalPlatform> {
    return new LocalPlatform(await TestPlatform.create());
  }

  get home(): string {
    return this.processes.home;
  }

  get url(): string {
    return this.processes.url;
  }

  /** Environment of `npx almanac` for this platform. */
  get environment(): NodeJS.ProcessEnv {
    return this.processes.environment;
  }

  get output(): string {
    return this.running?.output ?? '';
  }

  get mailUrl(): string {
    return `http://127.0.0.1:${this.processes.port('ALMANAC_SES_PORT')}/local/mail`;
  }

  get temporalAddress(): string {
    return `127.0.0.1:${this.processes.port('ALMANAC_TEMPORAL_PORT')}`;
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
      endpoint: `http://127.0.0.1:${this.processes.port('ALMANAC_S3_PORT')}`,
      forcePathStyle: true,
      credentials: { accessKeyId: 'almanac', secretAccessKey: 'almanac-local' },
    });
  }

  /** Starts the platform and waits until it says that it is ready. */
  async start(): Promise<void> {
    this.running = await this.processes.start();
  }

  /** SIGTERM, as an init system sends it; resolves with the exit code, or the signal that ended it. */
  async stop(): Promise<number | NodeJS.Signals | undefined> {
    this.running?.process.kill('SIGTERM');
    return this.running?.exited;
  }

  /** SIGKILL of every process of the platform: nothing gets to say goodbye. */
  async killAll(): Promise<void> {
    const pid = this.running?.process.pid;
    if (this.running === undefined || pid === undefined) throw new Error('not started');
    for (const one of [pid, ...this.pids().values()]) process.kill(one, 'SIGKILL');
    await this.running.exited;
  }

  /** Pids of the parts that are processes of their own. */
  pids(): Map<string, number> {
    const own = this.running?.process.pid;
    const parts = this.processes.state().components.filter(({ pid }) => pid !== own);
    return new Map(parts.map(({ name, pid }) => [name, pid]));
  }

  /** Ends what is left and removes the home. */
  remove(): Promise<void> {
    return this.processes.remove();
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
