export interface BuiltLambda {
  name: string;
  folder: string;
  digest: string;
  bytes: number;
  codeCache: string | undefined;
}
export function buildLambdas(options?: {
  out?: string;
  names?: string[];
  node?: string[] | null;
}): Promise<BuiltLambda[]>;
export function bundlePlain(entry: string, outfile: string): Promise<void>;
export function sourcesOf(entry: string): () => Promise<{ own: string[]; sdk: string[] }>;
