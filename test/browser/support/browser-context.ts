import { type BrowserContext, type BrowserContextOptions, chromium } from 'playwright-core';
import { inject } from 'vitest';

const flags = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** A browser with a new and empty profile, which goes when it is closed. */
export function launchBrowser() {
  const { executablePath, env } = inject('browser');
  return chromium.launch({ executablePath, env: { ...process.env, ...env } as Record<string, string>, args: flags });
}

/** What a page did beside being shown. */
export interface Watched {
  context: BrowserContext;
  /** Method and address of every request. */
  requests: string[];
  /** What went to the console, and what the page threw: a breach of its own policy is among it. */
  complaints: string[];
}

export async function watchedContext(
  browser: Awaited<ReturnType<typeof launchBrowser>>,
  options: BrowserContextOptions = {},
): Promise<Watched> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(15_000);
  const watched: Watched = { context, requests: [], complaints: [] };
  context.on('request', (request) => watched.requests.push(`${request.method()} ${request.url()}`));
  context.on('console', (message) => watched.complaints.push(`${message.type()}: ${message.text()}`));
  context.on('weberror', (error) => watched.complaints.push(`thrown: ${error.error().message}`));
  return watched;
}
