'use strict';
// index.js of a Lambda: runs app.js beside it from V8's code cache, which spares compiling it anew at each cold start, and later.js when something
// of that is needed.
const fs = require('node:fs');
const path = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');

const chunks = {};
const modules = {};
const scripts = new Map();

// Lambda starts Node with --expose-gc, which no bytecode depends on, but which V8 counts among the flags that have to be the same.
if (process.execArgv.includes('--expose-gc')) v8.setFlagsFromString('--no-expose-gc');
addChunks('app');
module.exports = requireChunk('./entry.js');
// For make-code-cache.cjs.
Object.defineProperty(module.exports, 'loader', { value: { addChunks, chunks, requireChunk, scripts } });

function requireChunk(name) {
  if (!name.startsWith('./')) return require(name);
  if (modules[name] === undefined) {
    if (chunks[name] === undefined) addChunks('later');
    modules[name] = { exports: {} };
    chunks[name](modules[name].exports, requireChunk, modules[name]);
  }
  return modules[name].exports;
}

function addChunks(name) {
  const filename = path.join(__dirname, `${name}.js`);
  // Latin-1, because the bundle is ASCII: V8 then keeps the bytes as they are and does not decode them.
  const source = fs.readFileSync(filename, 'latin1');
  const script = new vm.Script(source, { filename, cachedData: readCache(name) });
  if (script.cachedDataRejected) {
    // A cache belongs to one build of Node and its flags. Without it everything works, and starts more slowly.
    const message = `the code cache is not for this Node (${process.version}, ${process.execArgv.filter((flag) => flag.startsWith('--')).join(' ')}): compiled anew`;
    console.warn(
      JSON.stringify({ level: 40, time: new Date().toISOString(), service: 'almanac-loader', msg: message }),
    );
  }
  scripts.set(name, script);
  script.runInThisContext()(chunks);
}

function readCache(name) {
  try {
    return fs.readFileSync(path.join(__dirname, `${name}.${process.versions.v8}.${process.arch}.cache`));
  } catch {
    return undefined;
  }
}
