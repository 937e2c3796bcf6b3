import type { TestProject } from 'vitest/node';
import { cacheFolder } from '../../../src/config.js';
import { type Browser, findBrowser } from './find-browser.js';

declare module 'vitest' {
  export interface ProvidedContext {
    browser: Browser;
  }
}

/** Without a browser nothing is tested, so that is a failure, here as on a build server. */
export default async function setup(project: TestProject): Promise<void> {
  const browser = await findBrowser(process.env, cacheFolder());
  console.log(`Browser: ${browser.executablePath}`);
  project.provide('browser', browser);
}
