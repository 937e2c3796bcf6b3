import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'esbuild';
import { afterEach, describe, expect, it } from 'vitest';
import { lazily } from '../../scripts/lambda/lazy-modules.mjs';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A bundle of these modules, those named `seldom…` lazy, as the entry `main.ts` exports it; `log` has the modules in the order of evaluation. */
async function bundled(modules: Record<string, string>) {
  const folder = mkdtempSync(path.join(tmpdir(), 'almanac-lazy-'));
  folders.push(folder);
  const log: string[] = [];
  Object.assign(globalThis, { evaluated: (name: string) => log.push(name) });
  for (const [name, source] of Object.entries(modules)) writeFileSync(path.join(folder, name), source);
  const outfile = path.join(folder, 'out.cjs');
  await build({
    entryPoints: [path.join(folder, 'main.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    nodePaths: [path.join(process.cwd(), 'node_modules')],
    plugins: [
      {
        name: 'lazy',
        setup: ({ onLoad }) => {
          onLoad({ filter: new RegExp(`^${folder}.*\\.ts$`) }, async ({ path: file }) => {
            const source = modules[path.basename(file)] ?? '';
            return { loader: 'js', contents: await lazily(source, (specifier) => specifier.includes('seldom')) };
          });
        },
      },
    ],
  });
  return { exported: createRequire(import.meta.url)(outfile), log };
}

describe('a lazy module', () => {
  it('is evaluated once, by the first use of something of it', async () => {
    const { exported, log } = await bundled({
      'main.ts': `
        import { often } from './often.js';
        import { Seldom, seldom as renamed } from './seldom.js';
        evaluated('main');
        export const call = () => renamed(often);
        export const make = () => new Seldom('made').text;
        export class Sub { isOne(value: unknown) { return value instanceof Seldom; } }`,
      'often.ts': `evaluated('often'); export const often = 'often';`,
      'seldom.ts': `
        import { deeper } from './seldom-deeper.js';
        evaluated('seldom');
        export function seldom(text: string) { return text + deeper; }
        export class Seldom { constructor(readonly text: string) {} }`,
      'seldom-deeper.ts': `evaluated('deeper'); export const deeper = '!';`,
    });
    expect(log).toEqual(['often', 'main']);
    expect(exported.make()).toBe('made');
    expect(log).toEqual(['often', 'main', 'seldom']);
    expect([exported.call(), exported.call()]).toEqual(['often!', 'often!']);
    expect(new exported.Sub().isOne({})).toBe(false);
    expect(log).toEqual(['often', 'main', 'seldom', 'deeper']);
  });

  it('is evaluated with its importer where that uses it at once, round a circle too', async () => {
    const { exported, log } = await bundled({
      'main.ts': `
        import { base } from './seldom.js';
        evaluated('main');
        export const value = base + 1;
        export const later = () => base;`,
      'seldom.ts': `
        import { later } from './main.js';
        export const base = 1;
        evaluated('seldom');
        export const around = () => later();`,
    });
    expect(log).toEqual(['main', 'seldom']);
    expect([exported.value, exported.later()]).toEqual([2, 1]);
  });

  it('is not lazy for a module that hands it on or imports it for an effect', async () => {
    const { exported, log } = await bundled({
      'main.ts': `import './seldom-effect.js'; export { value } from './seldom.js'; evaluated('main');`,
      'seldom.ts': `evaluated('seldom'); export const value = 1;`,
      'seldom-effect.ts': `evaluated('effect');`,
    });
    expect(log).toEqual(['effect', 'seldom', 'main']);
    expect(exported.value).toBe(1);
  });
});

describe('a schema', () => {
  it('that nobody uses is not made, nor what only it uses', async () => {
    const { exported, log } = await bundled({
      'main.ts': `import { used } from './schemas.js'; export const parse = (value: unknown) => used.parse(value);`,
      'schemas.ts': `
        import { z } from 'zod';
        const said = (name: string) => { evaluated(name); return name; };
        const inner = z.object({
          text: z.literal('inner').describe(said('inner')),
        });
        export const unused = inner.extend({
          more: z.string().describe(said('unused')),
        });
        export const used = z
          .object({ count: z.int() })
          .describe(said('used'));
        export const list = [z.string().describe(said('no schema'))];`,
    });
    expect(log).toEqual(['used', 'no schema']);
    expect(exported.parse({ count: 1 })).toEqual({ count: 1 });
    expect(() => exported.parse({ count: 'x' })).toThrow();
  });
});
