// esbuild plugins that leave out of a bundle what a Lambda never runs.

/** zod's messages in fifty languages: the entry point names all of them, and English is what zod is set up with. */
export const englishZod = {
  name: 'zod in English',
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      loader: 'js',
      contents: "export { default as en } from './en.js';",
    }));
  },
};

/** Packages that are loaded by the first use of something that no Lambda of ours uses; each with what to say if one does. */
const unused = {
  // Channelz and ORCA of gRPC, which read .proto files.
  '@grpc/proto-loader': 'gRPC reads no .proto files in a Lambda',
  // Lambda gives its role's credentials in variables, which the SDK looks at before all of these.
  '@aws-sdk/credential-provider-ini': 'credentials come from variables in a Lambda',
  '@aws-sdk/credential-provider-process': 'credentials come from variables in a Lambda',
  '@aws-sdk/credential-provider-sso': 'credentials come from variables in a Lambda',
  '@aws-sdk/credential-provider-web-identity': 'credentials come from variables in a Lambda',
};

export const withoutUnused = {
  name: 'without unused packages',
  setup(build) {
    const names = Object.keys(unused).map((name) => name.replace('/', '\\/'));
    build.onResolve({ filter: new RegExp(`^(?:${names.join('|')})$`) }, ({ path }) => ({ path, namespace: 'unused' }));
    build.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({
      loader: 'js',
      contents: absent(`${path} is not part of this bundle: ${unused[path]}`),
    }));
    // gRPC's server, which its index only hands on.
    build.onLoad({ filter: /[\\/]@grpc[\\/]grpc-js[\\/]build[\\/]src[\\/]server(?:-interceptors)?\.js$/ }, () => ({
      loader: 'js',
      contents: absent("gRPC's server is not part of this bundle: a Lambda only calls"),
    }));
  },
};

/** Modules of Node that packages load for what few calls do: compression, files. Each is loaded by the first use of something of it. */
const seldomNeeded = ['fs/promises', 'zlib'];

export const lazyBuiltins = {
  name: 'lazy modules of Node',
  setup(build) {
    build.onResolve(
      { filter: new RegExp(`^(?:node:)?(?:${seldomNeeded.join('|')})$`), namespace: 'file' },
      ({ path }) => ({
        path: path.replace(/^(?:node:)?/, 'node:'),
        namespace: 'lazy-builtin',
      }),
    );
    build.onLoad({ filter: /.*/, namespace: 'lazy-builtin' }, async ({ path }) => ({
      loader: 'js',
      contents: `for (const name of ${JSON.stringify(Object.keys(await import(path)).filter((name) => name !== 'default'))})
        Object.defineProperty(exports, name, { get: () => require('${path}')[name], enumerable: true });`,
    }));
  },
};

/** A module for `import` and `require` alike, which fails when something is taken out of it. */
function absent(message) {
  return `module.exports = new Proxy({}, { get(_, key) {
    if (typeof key === 'symbol' || key === '__esModule' || key === 'then' || key === 'default') return undefined;
    throw new Error(${JSON.stringify(message)});
  } });`;
}
