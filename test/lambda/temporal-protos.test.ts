import { createRequire } from 'node:module';
import protobuf from 'protobufjs/light.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { sourcesOf } from '../../scripts/build-lambdas.mjs';
import { nodeAt, type ProtoNode, pruneProtos } from '../../scripts/lambda/prune-protos.mjs';
import { protosFor, readWholeSchema } from '../../scripts/lambda/temporal-protos.mjs';

const service = 'temporal.api.workflowservice.v1.WorkflowService';
const file = createRequire(import.meta.url).resolve('@temporalio/proto/protos/json-module.js');

const kinds = [
  ['control', 'src/api/lambda-control.ts'],
  ['callbacks', 'src/api/lambda-callbacks.ts'],
] as const;

let whole: ProtoNode;
const found = new Map<string, ReturnType<typeof protosFor>>();
beforeAll(async () => {
  whole = await readWholeSchema(file);
  for (const [name, entry] of kinds) found.set(name, protosFor(whole, await sourcesOf(entry)()));
}, 60_000);

function protosOf(name: string) {
  const protos = found.get(name);
  if (protos === undefined) throw new Error(`no schema of ${name}`);
  return protos;
}

describe.each(kinds)('the schema of %s', (name) => {
  it('has every type of its RPCs as the whole one has it, to the last field', () => {
    const { rpcs, schema } = protosOf(name);
    const methods = nodeAt(schema, service.split('.'))?.methods ?? {};
    expect(Object.keys(methods).toSorted()).toEqual(rpcs);
    const [pruned, original] = [resolved(schema), resolved(whole)];
    for (const rpc of rpcs) {
      for (const side of ['requestType', 'responseType'] as const) {
        const type = `temporal.api.workflowservice.v1.${methods[rpc]?.[side]}`;
        expect(reached(pruned, type), type).toEqual(reached(original, type));
      }
    }
  });

  it('is a small part of the whole', () => {
    const { schema } = protosOf(name);
    expect(JSON.stringify(schema).length).toBeLessThan(0.35 * JSON.stringify(whole).length);
    expect(nodeAt(schema, ['coresdk'])).toBeUndefined();
  });
});

it('knows the RPCs that the code calls by name and through the SDK', () => {
  const control = protosOf('control').rpcs;
  const callbacks = protosOf('callbacks').rpcs;
  expect(control).toEqual(expect.arrayContaining(['CreateSchedule', 'ListScheduleMatchingTimes', 'PatchSchedule']));
  expect(callbacks).toEqual(expect.arrayContaining(['RespondActivityTaskCompletedById', 'DescribeTaskQueue']));
  expect(callbacks).not.toContain('CreateSchedule');
});

describe('pruning', () => {
  const root: ProtoNode = {
    nested: {
      a: {
        nested: {
          S: {
            methods: { Do: { requestType: 'In', responseType: 'Out' }, Not: { requestType: 'Out', responseType: 'X' } },
          },
          In: { fields: { e: { type: 'Outer.E' }, m: { keyType: 'string', type: 'b.Other' } } },
          Out: { fields: { inner: { type: 'Inner' } }, nested: { Inner: { fields: {} } } },
          Outer: { fields: { x: { type: 'X' } }, nested: { E: { values: { ZERO: 0 } } } },
          X: { fields: {} },
        },
      },
      b: { nested: { Other: { fields: { again: { type: '.a.In' } } }, Unused: { fields: {} } } },
    },
  };

  it('keeps what is reached, by inner, outer and full names, and drops the rest', () => {
    const kept = pruneProtos(root, { 'a.S': ['Do'] }, []);
    expect(Object.keys(nodeAt(kept, ['a'])?.nested ?? {})).toEqual(['S', 'In', 'Out', 'Outer']);
    expect(nodeAt(kept, ['a', 'Outer', 'E'])?.values).toEqual({ ZERO: 0 });
    expect(nodeAt(kept, ['a', 'Out', 'Inner'])).toBeDefined();
    expect(Object.keys(nodeAt(kept, ['b'])?.nested ?? {})).toEqual(['Other']);
    expect(Object.keys(nodeAt(kept, ['a', 'S'])?.methods ?? {})).toEqual(['Do']);
  });

  it.each([
    ['a service', { 'a.T': ['Do'] }, [], 'there is no service a.T'],
    ['an RPC', { 'a.S': ['Undo'] }, [], 'a.S has no RPC Undo'],
    ['a type', {}, ['a.Y'], 'there is no type a.Y'],
  ])('says which %s is missing', (_what, services, names, message) => {
    expect(() => pruneProtos(root, services, names)).toThrow(message);
  });
});

function resolved(schema: ProtoNode): protobuf.Root {
  const root = protobuf.Root.fromJSON({ nested: {} });
  root.addJSON(JSON.parse(JSON.stringify(schema.nested)));
  return root;
}

/** Every field of every type below one, by full name: number, rule and resolved type. Protobufjs itself does the resolving. */
function reached(root: protobuf.Root, name: string, seen: Record<string, unknown> = {}): Record<string, unknown> {
  const type = root.lookupTypeOrEnum(name);
  const fullName = type.fullName;
  if (fullName in seen) return seen;
  if (type instanceof protobuf.Enum) {
    seen[fullName] = type.values;
    return seen;
  }
  const fields = type.fieldsArray.map((field) => field.resolve());
  seen[fullName] = fields.map((field) => [
    field.name,
    field.id,
    field.repeated,
    field.map,
    field.resolvedType?.fullName ?? field.type,
  ]);
  for (const { resolvedType } of fields) if (resolvedType) reached(root, resolvedType.fullName, seen);
  return seen;
}
