export interface ProtoNode {
  nested?: Record<string, ProtoNode>;
  fields?: Record<string, { type: string; keyType?: string }>;
  methods?: Record<string, { requestType: string; responseType: string }>;
  values?: Record<string, number>;
}
export function pruneProtos(
  root: ProtoNode,
  services: Record<string, readonly string[]>,
  names: Iterable<string>,
): ProtoNode;
export function nodeAt(root: ProtoNode, path: readonly string[]): ProtoNode | undefined;
export interface Packages {
  [name: string]: Packages | string;
}
export function packagesOf(root: ProtoNode): Packages;
