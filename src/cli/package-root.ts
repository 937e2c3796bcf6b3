import { existsSync } from 'node:fs';

/** Folder of Almanac's package.json as a file URL with a slash at the end: the same from sources and from dist. */
export function findPackageRoot(from: string = import.meta.url): URL {
  for (let folder = new URL('.', from); ; folder = new URL('..', folder)) {
    if (existsSync(new URL('package.json', folder))) return folder;
    if (folder.pathname === new URL('..', folder).pathname) throw new Error('the package.json of almanac is missing');
  }
}
