import type { Plugin } from 'esbuild';
import type { ProtoNode } from './prune-protos.mjs';

export interface BundleSources {
  own: string[];
  sdk: string[];
}
export function protosFor(root: ProtoNode, sources: BundleSources): { rpcs: string[]; schema: ProtoNode };
export function readWholeSchema(file: string): Promise<ProtoNode>;
export function prunedProtos(readSources: () => Promise<BundleSources>): Plugin;
