// A bundle in two scripts: what the entry needs at once, and what `import()` brings later or never. Each of esbuild's chunks is a function in one
// of them, which the loader calls as Node calls that of a module.

import path from 'node:path';
import { transform } from 'esbuild';

/** Options by which esbuild makes what {@link inTwoScripts} takes. */
export function chunked(entry) {
  return {
    entryPoints: { entry },
    format: 'esm',
    splitting: true,
    write: false,
    outdir: '/',
    chunkNames: '[name]-[hash]',
  };
}

/**
 * @param {import('esbuild').BuildResult} built with its `outputFiles` and `metafile`
 * @returns {Promise<{ first: string, later: string }>} expressions whose value is a function that adds its chunks to the object it gets, by names
 * such as `./s3-X7KQ.js`; the entry is `./entry.js`
 */
export async function inTwoScripts({ outputFiles, metafile }) {
  const imports = new Map(Object.entries(metafile.outputs).map(([file, output]) => [nameOf(file), output.imports]));
  const atOnce = new Set();
  const waiting = ['./entry.js'];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (atOnce.has(name)) continue;
    atOnce.add(name);
    for (const { kind, path: file, external } of imports.get(name)) {
      if (kind === 'import-statement' && !external) waiting.push(nameOf(file));
    }
  }
  const scripts = { first: '', later: '' };
  for (const { path: file, text } of outputFiles.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    const name = nameOf(file);
    const body = await commonJs(text);
    scripts[atOnce.has(name) ? 'first' : 'later'] +=
      `chunks[${JSON.stringify(name)}]=function(exports,require,module){${body}};\n`;
  }
  return { first: `(function(chunks){${scripts.first}})`, later: `(function(chunks){${scripts.later}})` };
}

/** As other chunks import it. */
function nameOf(file) {
  return `./${path.basename(file)}`;
}

async function commonJs(text) {
  const { code } = await transform(text, {
    loader: 'js',
    format: 'cjs',
    target: 'node20',
    minifyWhitespace: true,
    minifySyntax: true,
    // A script has no loader for import(); what is imported like that are chunks and modules of Node.
    supported: { 'dynamic-import': false },
  });
  return code;
}
