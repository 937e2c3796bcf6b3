import path from 'node:path';
import { searchAttributes } from '../../domain/temporal-names.js';
import { workerNodeFlags } from '../../worker-node-flags.js';
import type { ChildSpec } from '../process/child.js';
import { projectRoot } from '../project-root.js';
import type { PlatformContext } from './context.js';
import { localS3Keys, serverEnvironment, serviceEnvironment } from './environment.js';

type Context = Pick<PlatformContext, 'config' | 'layout' | 'where'>;

/** The dev server keeps everything in one SQLite file. */
export function temporalServer({ layout, where }: Context, binary: string): ChildSpec {
  const attributes = Object.entries(searchAttributes).flatMap(([name, type]) => [
    '--search-attribute',
    `${name}=${type}`,
  ]);
  const { temporal, temporalUi } = where.ports;
  return {
    name: 'temporal',
    command: binary,
    args: [
      ...['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(temporal), '--ui-port', String(temporalUi)],
      ...['--db-filename', layout.temporalDatabase, '--log-level', 'warn', '--ui-disable-news-fetch'],
      ...['--disable-config-file', '--disable-config-env'],
      ...attributes,
    ],
    env: serverEnvironment(process.env),
    log: layout.log('temporal'),
    ipc: false,
  };
}

/** A folder as an S3 server; metadata is in extended attributes of its files. */
export function s3Server({ config, layout, where }: Context, binary: string): ChildSpec {
  return {
    name: 's3',
    command: binary,
    args: [
      '--port',
      `127.0.0.1:${where.ports.s3}`,
      '--region',
      config.region,
      '--quiet',
      '--keep-alive',
      'posix',
      layout.s3,
    ],
    env: serverEnvironment(process.env, {
      ROOT_ACCESS_KEY: localS3Keys.accessKeyId,
      ROOT_SECRET_KEY: localS3Keys.secretAccessKey,
    }),
    log: layout.log('s3'),
    ipc: false,
  };
}

export function workerService(context: Context): ChildSpec {
  return nodeService('worker', [...workerNodeFlags, entryPoint('worker/main.js')], context);
}

export function apiService(context: Context): ChildSpec {
  return nodeService('api', [entryPoint('api/node.js')], context);
}

function entryPoint(file: string): string {
  return path.join(projectRoot(), 'dist/src', file);
}

function nodeService(name: 'worker' | 'api', args: string[], { config, layout, where }: Context): ChildSpec {
  return {
    name,
    command: process.execPath,
    args,
    env: serviceEnvironment(config, layout, where, process.env),
    log: layout.log(name),
    ipc: true,
  };
}
