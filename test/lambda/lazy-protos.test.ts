import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import protobuf from 'protobufjs/light.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sourcesOf } from '../../scripts/build-lambdas.mjs';
import { type ProtoNode, packagesOf } from '../../scripts/lambda/prune-protos.mjs';
import { protosFor, prunedProtos, readWholeSchema } from '../../scripts/lambda/temporal-protos.mjs';

const require = createRequire(import.meta.url);
const folder = mkdtempSync(path.join(tmpdir(), 'almanac-protos-'));
let schema: ProtoNode;
/** Every type made at once, by protobufjs itself. */
let eager: protobuf.Root;
let outfile: string;

beforeAll(async () => {
  const readSources = sourcesOf('src/api/lambda-control.ts');
  const whole = await readWholeSchema(require.resolve('@temporalio/proto/protos/json-module.js'));
  ({ schema } = protosFor(whole, await readSources()));
  eager = protobuf.Root.fromJSON(JSON.parse(JSON.stringify(schema)));
  outfile = path.join(folder, 'protos.cjs');
  const contents = `
    export * as star from '@temporalio/proto';
    export { patchProtobufRoot } from '@temporalio/proto/lib/patch-protobuf-root';`;
  await build({
    stdin: { contents, resolveDir: process.cwd() },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    plugins: [prunedProtos(readSources)],
  });
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The bundle, evaluated anew: nothing in it is made yet. */
function lazyRoot(): protobuf.Root & { temporal: { api: Record<string, { v1: unknown } | undefined> } } {
  delete require.cache[outfile];
  const { star, patchProtobufRoot } = require(outfile);
  return patchProtobufRoot(star);
}

function packageOf<T>(root: ReturnType<typeof lazyRoot>, name: string): Record<string, T | undefined> {
  return root.temporal.api[name]?.v1 as Record<string, T | undefined>;
}

/** Full names of the types and enums of a schema. */
function* namesIn(node: ProtoNode, at: string[] = []): Generator<string> {
  for (const [name, child] of Object.entries(node.nested ?? {})) {
    if (child.fields !== undefined || child.values !== undefined) yield [...at, name].join('.');
    yield* namesIn(child, [...at, name]);
  }
}

function described(type: protobuf.Type | protobuf.Enum): unknown {
  if (type instanceof protobuf.Enum || !('fieldsArray' in type)) return type.values;
  return type.fieldsArray.map((field) => {
    const { name, id, repeated, map, resolvedType, partOf, typeDefault } = field.resolve();
    return [name, id, repeated, map, resolvedType?.fullName ?? field.type, partOf?.name, typeDefault];
  });
}

describe('the lazy schema', () => {
  it('has every type and enum as protobufjs makes them from the same schema', () => {
    const root = lazyRoot();
    const names = [...namesIn(schema)];
    expect(names.length).toBeGreaterThan(250);
    for (const name of names) {
      expect(described(root.lookupTypeOrEnum(name)), name).toEqual(described(eager.lookupTypeOrEnum(name)));
    }
  });

  it('makes a type when it is asked for, with the types of its fields when it is used', () => {
    const root = lazyRoot();
    const { nested = {} } = root.lookup('temporal.api.common.v1') as protobuf.Namespace;
    expect(Object.keys(nested)).toEqual([]);
    const { Memo } = packageOf<protobuf.Type>(root, 'common');
    expect(Object.keys(nested)).toEqual(['Memo']);
    expect(Memo?.encode({ fields: { a: { data: new Uint8Array([1]) } } }).finish().length).toBeGreaterThan(0);
    expect(Object.keys(nested).toSorted()).toEqual(['Memo', 'Payload']);
  });

  it('writes and reads the same bytes, also of types whose defaults and repeated fields depend on the syntax', () => {
    const root = lazyRoot();
    const name = 'temporal.api.workflowservice.v1.StartWorkflowExecutionRequest';
    const message = {
      namespace: 'default',
      workflowId: 'w',
      workflowType: { name: 't' },
      taskQueue: { name: 'q', kind: 1 },
      input: { payloads: [{ metadata: { encoding: Buffer.from('json/plain') }, data: Buffer.from('{}') }] },
      workflowRunTimeout: { seconds: 5 },
      memo: { fields: { note: { data: Buffer.from('1') } } },
      links: [{ workflowEvent: { namespace: 'n', eventRef: { eventId: 7, eventType: 1 } } }],
    };
    const bytes = eager.lookupType(name).encode(message).finish();
    expect(Buffer.from(root.lookupType(name).encode(message).finish()).equals(Buffer.from(bytes))).toBe(true);
    const [read, expected] = [root, eager].map((of) => {
      const type = of.lookupType(name);
      return type.toObject(type.decode(bytes), { enums: String, longs: String, defaults: true });
    });
    expect(read).toEqual(expected);
  });

  it('gives an enum as its values and a service with its methods', async () => {
    const root = lazyRoot();
    const { EventType } = packageOf<Record<string, number>>(root, 'enums');
    expect(EventType?.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED).toBe(1);
    const asked: string[] = [];
    const definition = root.lookupService('temporal.api.workflowservice.v1.WorkflowService');
    const service = definition.create((method, _, answer) => {
      asked.push(method.name);
      answer(null, new Uint8Array());
    });
    const call = (service as unknown as Record<string, (request: object) => Promise<object>>).getSystemInfo;
    expect(await call?.call(service, {})).toBeInstanceOf(
      root.lookupType('temporal.api.workflowservice.v1.GetSystemInfoResponse').ctor,
    );
    expect(asked).toEqual(['GetSystemInfo']);
  });
});

it('has absolute references alone', () => {
  const inside = { fields: { own: { type: 'In.Deep' }, text: { type: 'string' }, other: { type: 'b.Other' } } };
  const nested = { In: { ...inside, nested: { Deep: { fields: {} } } } };
  const packages = packagesOf({ nested: { a: { nested }, b: { nested: { Other: { values: { ZERO: 0 } } } } } });
  expect(JSON.parse((packages.a as Record<string, string>).In ?? '')).toEqual({
    fields: { own: { type: '.a.In.Deep' }, text: { type: 'string' }, other: { type: '.b.Other' } },
    nested: { Deep: { fields: {} } },
  });
});
