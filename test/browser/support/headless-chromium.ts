import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { createBrotliDecompress } from 'node:zlib';
import { cachedNpmPackage } from '../../support/npm-cache.js';
import type { Browser } from './find-browser.js';

const run = promisify(execFile);

/**
 * Pinned; Chromium's headless shell for Linux on x64 (MIT), made for Lambda, so it brings the libraries and the font that a bare system lacks. Of the
 * package only its archives are used, none of its code. Not a dependency of ours: 70 MB, 220 MB unpacked, for one test.
 */
const version = '153.0.0';

export async function headlessChromium(cache: string): Promise<Browser> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`it is for Linux on x64, this is ${process.platform} on ${process.arch}`);
  }
  const folder = await cachedNpmPackage(
    {
      ...{ name: '@sparticuz/chromium', version, title: 'a headless Chromium', folder: 'chromium' },
      prepare: unpackPrograms,
    },
    cache,
  );
  return {
    executablePath: path.join(folder, 'programs', 'chromium'),
    env: {
      LD_LIBRARY_PATH: path.join(folder, 'programs', 'al2023', 'lib'),
      FONTCONFIG_PATH: path.join(folder, 'programs'),
    },
  };
}

async function unpackPrograms(folder: string): Promise<void> {
  const programs = path.join(folder, 'programs');
  mkdirSync(programs);
  await decompress(path.join(folder, 'bin', 'chromium.br'), path.join(programs, 'chromium'));
  for (const name of ['al2023', 'fonts']) {
    const archive = path.join(programs, `${name}.tar`);
    await decompress(path.join(folder, 'bin', `${name}.tar.br`), archive);
    mkdirSync(path.join(programs, name));
    await run('tar', ['-xf', archive, '-C', path.join(programs, name)]);
    rmSync(archive);
  }
  rmSync(path.join(folder, 'bin'), { recursive: true });
  // The package's own names folders of Lambda. Without any font every page crashes.
  writeFileSync(path.join(programs, 'fonts.conf'), fontsConf);
}

const fontsConf = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir prefix="relative">fonts/fonts</dir><cachedir prefix="xdg">fontconfig</cachedir></fontconfig>
`;

async function decompress(from: string, to: string): Promise<void> {
  await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to, { mode: 0o755 }));
}
