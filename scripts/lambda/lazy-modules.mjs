// The esbuild plugin by which a module of ours is evaluated when something of it is first used, and not when a module that imports it is.

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { transform } from 'esbuild';
import { root } from '../setup/root.mjs';

/**
 * Modules that only some calls need, and that take long to evaluate: schemas, tables, and the packages that they import. They are evaluated when
 * something of them is first used, by whatever module. What every call needs is evaluated while the Lambda is set up, not by its first call.
 */
const seldomNeeded = new RegExp(
  `^src/(?:${[
    'domain/definition/',
    'domain/steps/',
    'domain/spec/',
    'domain/workflow-registry\\.',
    'domain/evaluate\\.',
    'domain/expression-references\\.',
    'services/export/action-from-live\\.',
  ].join('|')})`,
);

export const lazyModules = {
  name: 'lazy modules',
  setup(build) {
    const ours = path.join(root, 'src') + path.sep;
    build.onLoad({ filter: /\.ts$/ }, async ({ path: file }) => {
      if (!file.startsWith(ours)) return undefined;
      const isLazy = (specifier) =>
        seldomNeeded.test(path.relative(root, path.resolve(path.dirname(file), specifier)).replaceAll(path.sep, '/'));
      return { loader: 'js', contents: await lazily(await readFile(file, 'utf8'), isLazy) };
    });
  },
};

/**
 * The module in JavaScript. esbuild itself finds what refers to an import: it writes `import_x.name` for each when it makes CommonJS, of which
 * only that is kept. Other imports and all exports stay ESM, so that what nobody uses can still be left out. A module that imports for an effect
 * or hands on what it imports stays as it is.
 *
 * @param {string} source TypeScript
 * @param {(specifier: string) => boolean} isLazy of a relative import
 */
export async function lazily(source, isLazy) {
  const { code } = await transform(source, { ...toJavaScript, format: 'cjs' });
  const [, exported = '', body] = code.match(commonJs) ?? [];
  if (body === undefined || /^(?:require\(|__reExport\()/m.test(body) || /: \(\) => import_/.test(exported)) {
    return (await transform(source, { ...toJavaScript, format: 'esm' })).code;
  }
  const lazy = [];
  const text = body.replace(imported, (_, name, specifier) => {
    if (!specifier.startsWith('.') || !isLazy(specifier)) return `import * as ${name} from '${specifier}';`;
    lazy.push(name);
    return `var ${name}_; function ${name}$() { return ${name}_ ??= require('${specifier}'); }`;
  });
  return `${droppable(lazy.reduce(calling, text))}\nexport {${exported.replace(/(\w+|"\w+"): \(\) => ([\w$]+)/g, '$2 as $1')}};\n`;
}

/** `new x$().Name()` would make an x$. */
function calling(text, name) {
  return text.replace(new RegExp(`(?<![\\w.$])(new )?${name}(\\.[\\w$]+)?(?![\\w$])`, 'g'), (_, made, member = '') =>
    made === undefined ? `${name}$()${member}` : `new (${name}$()${member})`,
  );
}

/** A schema has no effect, which esbuild can't know of a chain of calls: one that nobody uses would be made all the same. */
function droppable(text) {
  const schemas = new Set();
  return text.replace(constant, (statement, name, value, head) => {
    if (!/^import_zod\w*\.z$/.test(head) && !schemas.has(head)) return statement;
    schemas.add(name);
    return `const ${name} = /* @__PURE__ */ (() => ${value})();\n`;
  });
}

/** From the first column to the next line that begins there; what it begins with tells whether it is a schema. */
const constant = /^const ([\w$]+) = (([\w$]+(?:\.z(?=\.))?)\..*(?:\n(?:[ )\]}].*)?)*?);\n(?![ )\]}])/gm;

const toJavaScript = {
  loader: 'ts',
  target: 'node20',
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
};
/** What esbuild writes: helpers, the list of exports unless there are none, `module.exports`, imports and the rest. */
const commonJs =
  /(?:__export\(stdin_exports, \{([^}]*)\}\);\n)?module\.exports = __toCommonJS\(stdin_exports\);\n([\s\S]*)$/;
const imported = /^var (import_[\w$]+) = (?:__toESM\()?require\("([^"]+)"\)\)?;$/gm;
