import type { Plugin } from 'esbuild';

export const lazyModules: Plugin;
export function lazily(source: string, isLazy: (specifier: string) => boolean): Promise<string>;
