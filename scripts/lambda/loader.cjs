'use strict';
// index.js of a Lambda: runs app.js beside it from V8's code cache, which spares compiling it anew at each cold start.
const fs = require('node:fs');
const path = require('node:path');
const v8 = require('node:v8');
const vm = require('node:vm');

// Latin-1, because the bundle is ASCII: V8 then keeps the bytes as they are and does not decode them.
const filename = path.join(__dirname, 'app.js');
const source = fs.readFileSync(filename, 'latin1');
const cachedData = readCache();
const script = new vm.Script(source, { filename, cachedData });
if (script.cachedDataRejected) {
  // A cache belongs to one build of Node and its flags. Without it everything works, and starts more slowly.
  const message = `the code cache is not for this Node (${process.version}, ${process.execArgv.filter((flag) => flag.startsWith('--')).join(' ')}): compiled anew`;
  console.warn(JSON.stringify({ level: 40, time: new Date().toISOString(), service: 'almanac-loader', msg: message }));
}
const app = { exports: {} };
script.runInThisContext()(app.exports, require, app, filename, __dirname);
module.exports = app.exports;

function readCache() {
  const file = path.join(__dirname, `app.${process.versions.v8}.${process.arch}.cache`);
  // Lambda starts Node with --expose-gc, which no bytecode depends on, but which V8 counts among the flags that have to be the same.
  if (process.execArgv.includes('--expose-gc')) v8.setFlagsFromString('--no-expose-gc');
  try {
    return fs.readFileSync(file);
  } catch {
    return undefined;
  }
}
