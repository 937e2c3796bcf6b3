// Temporal's protobuf schema as protobufjs's JSON, cut to what some RPCs and named types need.

/**
 * @typedef {{ nested?: Record<string, Node>, fields?: Record<string, Field>, methods?: Record<string, Method>, values?: object }} Node
 * @typedef {{ type: string, keyType?: string }} Field
 * @typedef {{ requestType: string, responseType: string }} Method
 */

/**
 * A copy of `root` with the given services cut to the given RPCs, every type that these and `names` reach, and nothing else. A service that
 * is named without RPCs stays, empty.
 *
 * @param {Node} root
 * @param {Record<string, readonly string[]>} services RPCs as the schema writes them (`StartWorkflowExecution`), by the service's full name
 * @param {Iterable<string>} names full names of types and enums that code reaches by name
 * @throws Error for a service, RPC or type that the schema does not have
 */
export function pruneProtos(root, services, names) {
  const keep = new Set();
  const waiting = [...names].map((name) => ({ name, scope: [] }));
  for (const [service, rpcs] of Object.entries(services)) {
    const { methods = {} } = nodeAt(root, service.split('.')) ?? fail(`there is no service ${service}`);
    for (const rpc of rpcs) {
      const method = methods[rpc] ?? fail(`${service} has no RPC ${rpc}`);
      const scope = service.split('.').slice(0, -1);
      waiting.push({ name: method.requestType, scope }, { name: method.responseType, scope });
    }
  }
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const path =
      resolve(root, next.name, next.scope) ?? fail(`there is no type ${next.name} in ${next.scope.join('.')}`);
    const fullName = path.join('.');
    if (keep.has(fullName)) continue;
    keep.add(fullName);
    for (const { type, keyType } of Object.values(nodeAt(root, path)?.fields ?? {})) {
      for (const name of [type, keyType]) {
        if (name !== undefined && !scalars.has(name)) waiting.push({ name, scope: path });
      }
    }
  }
  return cut(root, [], keep, services);
}

/** What is below `path`, as far as it is kept; undefined when nothing is. A message with a kept one inside stays, as its namespace. */
function cut(node, path, keep, services) {
  const fullName = path.join('.');
  const rpcs = services[fullName];
  if (rpcs !== undefined) return { ...node, methods: pick(node.methods ?? {}, rpcs) };
  const nested = {};
  for (const [name, child] of Object.entries(node.nested ?? {})) {
    const left = cut(child, [...path, name], keep, services);
    if (left !== undefined) nested[name] = left;
  }
  const { nested: _, ...own } = node;
  const isKept = keep.has(fullName) || path.length === 0;
  if (!isKept && Object.keys(nested).length === 0) return undefined;
  return Object.keys(nested).length === 0 ? own : { ...own, nested };
}

/**
 * The packages of a schema, with their types, enums and services as JSON texts in which every reference is absolute, so that one can be made
 * without the others.
 *
 * @typedef {{ [name: string]: Packages | string }} Packages
 * @param {Node} root
 * @returns {Packages}
 */
export function packagesOf(root, path = []) {
  return map(nodeAt(root, path).nested ?? {}, (child, name) => {
    const below = [...path, name];
    return isMember(child) ? JSON.stringify(absolute(root, child, below)) : packagesOf(root, below);
  });
}

function isMember({ fields, values, methods, id }) {
  return [fields, values, methods, id].some((own) => own !== undefined);
}

function absolute(root, node, path) {
  const reference = (name, scope) => {
    if (name === undefined || scalars.has(name)) return name;
    return `.${(resolve(root, name, scope) ?? fail(`there is no type ${name} in ${scope.join('.')}`)).join('.')}`;
  };
  const { fields, methods, nested } = node;
  return {
    ...node,
    ...(fields && { fields: map(fields, (field) => ({ ...field, type: reference(field.type, path) })) }),
    ...(methods && {
      methods: map(methods, (method) => ({
        ...method,
        requestType: reference(method.requestType, path.slice(0, -1)),
        responseType: reference(method.responseType, path.slice(0, -1)),
      })),
    }),
    ...(nested && { nested: map(nested, (child, name) => absolute(root, child, [...path, name])) }),
  };
}

function map(record, change) {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value, key)]));
}

/** Names are found as in protobuf: from the innermost scope outwards. */
function resolve(root, name, scope) {
  const parts = name.replace(/^\./, '').split('.');
  for (let depth = name.startsWith('.') ? 0 : scope.length; depth >= 0; depth -= 1) {
    const path = [...scope.slice(0, depth), ...parts];
    const node = nodeAt(root, path);
    if (node?.fields !== undefined || node?.values !== undefined) return path;
  }
  return undefined;
}

/** @returns {Node | undefined} */
export function nodeAt(root, path) {
  let node = root;
  for (const name of path) {
    if (node?.nested === undefined || !Object.hasOwn(node.nested, name)) return undefined;
    node = node.nested[name];
  }
  return node;
}

function pick(all, names) {
  return Object.fromEntries(Object.entries(all).filter(([name]) => names.includes(name)));
}

function fail(message) {
  throw new Error(`Temporal's protobuf schema: ${message}`);
}

const scalars = new Set(
  'double float int32 uint32 sint32 fixed32 sfixed32 int64 uint64 sint64 fixed64 sfixed64 bool string bytes'.split(' '),
);
