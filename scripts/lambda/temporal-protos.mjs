// The esbuild plugin that puts a cut schema into a bundle instead of the 1.4 MB that @temporalio/proto ships.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import vm from 'node:vm';
import { nodeAt, packagesOf, pruneProtos } from './prune-protos.mjs';

const workflowService = 'temporal.api.workflowservice.v1.WorkflowService';

/** RPCs that our code reaches through the SDK's clients; those called by name are found in the sources. */
const throughTheSdk = {
  // Connection
  GetSystemInfo: 'ensureConnected',
  // WorkflowClient and its handles
  StartWorkflowExecution: 'workflow.start',
  DescribeWorkflowExecution: 'handle.describe',
  SignalWorkflowExecution: 'handle.signal',
  // AsyncCompletionClient
  RespondActivityTaskCompletedById: 'complete',
  RespondActivityTaskFailedById: 'fail',
  RespondActivityTaskCanceledById: 'reportCancellation',
  RecordActivityTaskHeartbeatById: 'heartbeat',
};

/** Types that the SDK looks up by name while it is loaded or handles an error. */
const namedBySdk = [
  'google.rpc.Status',
  'google.protobuf.Any',
  'google.protobuf.Duration',
  'google.protobuf.Timestamp',
  'temporal.api.common.v1.Payload',
  'temporal.api.common.v1.Payloads',
  'temporal.api.failure.v1.Failure',
  'temporal.api.history.v1.History',
  'temporal.api.sdk.v1.ExternalStorageReference',
];

/** Services that the SDK looks up while it is loaded, used or not. */
const otherServices = {
  'temporal.api.operatorservice.v1.OperatorService': [],
  'temporal.api.testservice.v1.TestService': [],
  'grpc.health.v1.Health': [],
};

/** `workflowService.startWorkflowExecution(` in the sources → `StartWorkflowExecution`. */
export function rpcsCalledIn(sources) {
  const called = new Set(Object.keys(throughTheSdk));
  for (const source of sources) {
    for (const [, name] of source.matchAll(/\b(?:workflowService|service)\??\.([a-z]\w+)\b/g)) {
      called.add(name[0].toUpperCase() + name.slice(1));
    }
  }
  return called;
}

/**
 * The schema for a bundle of these sources: those of ours, and of the SDK's modules beside them.
 *
 * @param {object} root the whole schema
 * @param {{ own: string[], sdk: string[] }} sources texts
 */
export function protosFor(root, { own, sdk }) {
  const known = nodeAt(root, workflowService.split('.'))?.methods ?? {};
  const rpcs = [...rpcsCalledIn(own)].filter((rpc) => rpc in known);
  const names = new Set([...namedBySdk, ...namedIn(root, [...own, ...sdk]), ...enumsOf(root, own)]);
  return { rpcs: rpcs.sort(), schema: pruneProtos(root, { [workflowService]: rpcs, ...otherServices }, names) };
}

/** Full names written out in code, such as `temporal.api.enums.v1.TaskQueueKind.TASK_QUEUE_KIND_NORMAL`. */
function* namedIn(root, sources) {
  for (const source of sources) {
    for (const [name] of source.matchAll(/\b(?:temporal\.api|google)\.\w[\w.]*/g)) {
      const path = name.split('.');
      for (let length = path.length; length > 2; length -= 1) {
        const node = nodeAt(root, path.slice(0, length));
        if (node?.fields === undefined && node?.values === undefined) continue;
        yield path.slice(0, length).join('.');
        break;
      }
    }
  }
}

/** Members of a namespace that code takes apart, as in `const { EventType } = protos.temporal.api.enums.v1`. */
function* enumsOf(root, sources) {
  for (const source of sources.filter((text) => text.includes("from '@temporalio/proto'"))) {
    const words = new Set(source.match(/\b[A-Z]\w+\b/g));
    for (const [name] of source.matchAll(/\b(?:temporal\.api|google)\.[a-z]\w*\.v1\b(?!\.)/g)) {
      const members = nodeAt(root, name.split('.'))?.nested ?? {};
      for (const member of Object.keys(members).filter((member) => words.has(member))) yield `${name}.${member}`;
    }
  }
}

/** The schema that the package's module hands to protobufjs: the module is run with a protobufjs that only takes it. */
export async function readWholeSchema(file) {
  let schema;
  class Root {
    addJSON(json) {
      schema = json;
      return this;
    }
  }
  const run = vm.runInThisContext(`(function (require, module) {${await readFile(file, 'utf8')}\n})`, {
    filename: file,
  });
  run(() => ({ Root, roots: {} }), { exports: {} });
  if (schema === undefined) throw new Error(`${file} does not hand a schema to protobufjs as it used to`);
  return { nested: schema };
}

/** @param {() => Promise<{ own: string[], sdk: string[] }>} readSources texts of all modules of the bundle */
export function prunedProtos(readSources, report = () => {}) {
  return {
    name: 'pruned Temporal protos',
    setup(build) {
      build.onLoad({ filter: /@temporalio[\\/]proto[\\/]protos[\\/]root\.js$/ }, async ({ path: file }) => {
        const whole = await readWholeSchema(path.join(path.dirname(file), 'json-module.js'));
        const { rpcs, schema } = protosFor(whole, await readSources());
        const text = JSON.stringify(packagesOf(schema));
        report({ rpcs, bytes: text.length });
        return {
          loader: 'js',
          resolveDir: path.dirname(file),
          contents: `module.exports = require(${JSON.stringify(lazyProtos)})(${text});`,
        };
      });
      // The SDK patches once more what it gets by its own `import *`.
      build.onLoad({ filter: /@temporalio[\\/]proto[\\/]lib[\\/]patch-protobuf-root\.js$/ }, () => ({
        loader: 'js',
        contents: "exports.patchProtobufRoot = () => require('../protos/root.js');",
      }));
    },
  };
}

const lazyProtos = fileURLToPath(new URL('./lazy-protos.cjs', import.meta.url));
