'use strict';
// Part of a bundle: Temporal's schema as @temporalio/proto gives it, of which each type is made when it is first asked for. A call of a Lambda
// needs a tenth of them, and protobufjs takes longer to make them all than everything else of the SDK to load.
const protobuf = require('protobufjs/light');

/**
 * A Root with the packages as plain properties, as the SDK's `patchProtobufRoot` makes it.
 *
 * @typedef {{ [name: string]: Package | string }} Package its packages, and its types, enums and services, each as protobufjs's JSON in which
 * references are absolute (`.temporal.api.common.v1.Payload`): relative ones are looked for among what is made already
 * @param {Package} packages
 */
module.exports = function lazyRoot(packages) {
  const root = new protobuf.Root();
  deferAll(root, packages);
  return forImportStar(root);
};

function deferAll(namespace, members) {
  namespace.nested = {};
  for (const [name, member] of Object.entries(members)) defer(namespace, name, member);
}

/**
 * protobufjs itself puts a member into `nested` and, when it is no package, beside it, an enum as its values. What is deferred can't be enumerated
 * in `nested`, so that nothing that walks over all makes all.
 */
function defer(namespace, name, member) {
  // A name that means something to protobufjs: only in `nested` then, as in the SDK.
  const isTaken = name in namespace;
  const make = () => {
    delete namespace.nested[name];
    if (!isTaken) delete namespace[name];
    if (typeof member === 'string') namespace.addJSON({ [name]: JSON.parse(member) });
    else deferAll(namespace.define(name), member);
    const made = namespace.nested[name];
    if (made instanceof protobuf.Service) made.create = createService;
    if (!isTaken) namespace[name] ??= made;
  };
  for (const place of isTaken ? [namespace.nested] : [namespace.nested, namespace]) {
    const get = () => {
      make();
      return place[name];
    };
    Object.defineProperty(place, name, { get, configurable: true, enumerable: place === namespace });
  }
}

/** The SDK gets the root by `import *`, of which the compiled form copies what is an object's own and enumerable: methods too, then. */
function forImportStar(root) {
  for (const key in root) {
    if (key === 'root' || Object.hasOwn(root, key)) continue;
    const inherited = root[key];
    root[key] = inherited;
  }
  Object.defineProperty(root, 'root', { get: () => root, enumerable: true });
  Object.defineProperty(root, 'constructor', { value: protobuf.Root, enumerable: true });
  return root;
}

/** `Service.prototype.create`, but a method's types are made by its first call. */
function createService(rpcImpl, requestDelimited, responseDelimited) {
  const service = new protobuf.rpc.Service(rpcImpl, requestDelimited, responseDelimited);
  for (const method of this.methodsArray) {
    service[protobuf.util.lcFirst(method.name)] = function call(request, callback) {
      const { resolvedRequestType, resolvedResponseType } = method.resolve();
      return this.rpcCall(method, resolvedRequestType.ctor, resolvedResponseType.ctor, request, callback);
    };
  }
  return service;
}

/** protobufjs writes five functions for a type when the first is used. A client needs one of them: it encodes requests and decodes answers. */
protobuf.Type.prototype.encode = function encode(...rest) {
  this.encode = protobuf.encoder(this)({ ...codecParts(this), Writer: protobuf.Writer });
  return this.encode(...rest);
};

protobuf.Type.prototype.decode = function decode(...rest) {
  this.decode = protobuf.decoder(this)({ ...codecParts(this), Reader: protobuf.Reader, C: this.ctor });
  return this.decode(...rest);
};

function codecParts(type) {
  const { root } = type;
  root._resolveFeaturesRecursive(root._edition);
  return { types: type.fieldsArray.map((field) => field.resolve().resolvedType), util: protobuf.util };
}
