import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type AnswerablePlatform, startAnswerablePlatform } from './support/answerable-platform.js';
import { launchBrowser, type Watched, watchedContext } from './support/browser-context.js';

let answerable: AnswerablePlatform;
let browser: Awaited<ReturnType<typeof launchBrowser>>;
let watched: Watched;
let page: Page;

beforeAll(async () => {
  answerable = await startAnswerablePlatform();
  browser = await launchBrowser();
});
afterEach(() => watched?.context.close());
afterAll(async () => {
  await browser?.close();
  await answerable?.stop();
});

async function newPage(options = {}): Promise<void> {
  watched = await watchedContext(browser, options);
  page = await watched.context.newPage();
}

const completeButton = () => page.getByRole('button', { name: 'Complete this step' });
const failButton = () => page.getByRole('button', { name: 'Let this step fail' });
const outputField = () => page.getByLabel('Output of the step, in JSON');
const messageField = () => page.getByLabel('What went wrong');
const heading = () => page.getByRole('heading', { level: 1 }).textContent();

/** Waits for the text to show. */
const shows = (text: string | RegExp) => page.getByText(text).first().waitFor({ state: 'visible' });

/** `ALMANAC_SCREENSHOTS` names a folder for people to look at. */
async function picture(name: string): Promise<void> {
  const folder = process.env.ALMANAC_SCREENSHOTS;
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
}

async function historyLength(handle: WorkflowHandle): Promise<number> {
  return (await handle.fetchHistory()).events?.length ?? 0;
}

const posts = () => watched.requests.filter((request) => request.startsWith('POST'));

describe('a step that waits', () => {
  test('is shown to whoever follows the link of its mail, and neither looking nor reloading changes anything', async () => {
    const { handle, mail, link } = await answerable.waiting();
    const before = await historyLength(handle);
    const seen = answerable.received.length;
    await newPage();
    await page.setContent(mail.html);
    await picture('mail');
    await page.getByRole('link', { name: 'Open and answer' }).click();
    await completeButton().waitFor();

    expect(page.url()).toBe(link);
    expect(await page.title()).toBe('This step waits for an answer · Almanac');
    expect(await heading()).toBe('This step waits for an answer');
    const values = await page.locator('dd').allTextContents();
    expect(values.slice(0, 2)).toEqual([handle.workflowId, 'approve']);
    const expiry = mail.text.match(/until (\S+)Z\./)?.[1] as string;
    expect(values.at(-1)).toBe(`${expiry.slice(0, 19).replace('T', ' ')} UTC`);
    await picture('waiting');

    for (let count = 0; count < 3; count += 1) await page.reload();
    await completeButton().waitFor();
    expect(await historyLength(handle)).toBe(before);
    expect(watched.requests).toEqual(Array.from({ length: 4 }, () => `GET ${link}`));
    expect(answerable.received.slice(seen)).toEqual(
      watched.requests.map((request) => request.replace(answerable.url, '')),
    );
    expect(watched.complaints).toEqual([]);
    await handle.terminate();
  });

  test('is not sent an output that is not JSON', async () => {
    const { link, output } = await answerable.waiting();
    await newPage();
    await page.goto(link);
    await outputField().fill('approved');
    await completeButton().click();
    await shows(/The output is not JSON \(text needs quotes, like "yes"\)/);
    await picture('bad-json');
    expect(await completeButton().isEnabled()).toBe(true);
    expect(await outputField().getAttribute('aria-invalid')).toBe('true');
    expect(posts()).toEqual([]);

    await outputField().fill('"approved"');
    await completeButton().click();
    await shows('This step was completed');
    expect(await output()).toBe('approved');
    expect(watched.complaints).toEqual([]);
  });

  test('is completed with the output, once', async () => {
    const { link, output } = await answerable.waiting();
    await newPage();
    await page.goto(link);
    await outputField().fill('{ "approved": true, "by": "Ada" }');
    await completeButton().click();
    await shows('Done: Almanac has your answer');
    expect(await heading()).toBe('This step was completed');
    expect(await page.getByRole('button').count()).toBe(0);
    await picture('done');
    expect(await output()).toEqual({ approved: true, by: 'Ada' });

    await page.reload();
    expect(await heading()).toBe('This step was completed');
    expect(await page.getByRole('button').count()).toBe(0);
    await picture('completed');
    expect(posts()).toEqual([`POST ${link}/complete`]);
    expect(watched.complaints).toEqual([]);
  });

  test('fails with the message', async () => {
    const { handle, link } = await answerable.waiting();
    await newPage({ colorScheme: 'dark' });
    await page.goto(link);
    await messageField().fill('the figures of March are missing');
    await picture('waiting-dark');
    await failButton().click();
    await shows('Done: Almanac has your answer');
    expect(await heading()).toBe('This step failed');
    await expect(handle.result()).rejects.toMatchObject({
      cause: { message: expect.stringContaining('the figures of March are missing') },
    });

    await page.reload();
    expect(await heading()).toBe('This step failed');
    expect(await page.getByRole('button').count()).toBe(0);
    await picture('failed-dark');
    expect(watched.complaints).toEqual([]);
  });

  test('is answered on a second press when Almanac could not be reached on the first', async () => {
    const { link, output } = await answerable.waiting();
    await newPage();
    await page.goto(link);
    await watched.context.route(`${link}/complete`, (route) => route.abort('connectionrefused'), { times: 1 });
    await completeButton().click();
    await shows('Almanac did not answer. Please try again.');
    await picture('no-answer');
    expect(await completeButton().isEnabled()).toBe(true);
    expect(await failButton().isEnabled()).toBe(true);

    await completeButton().click();
    await shows('Done: Almanac has your answer');
    expect(await output(), 'an empty answer').toBeNull();
    expect(posts()).toHaveLength(2);
  });

  test('is answered on a phone, by keyboard alone', async () => {
    const { link, output } = await answerable.waiting();
    await newPage({ viewport: { width: 320, height: 640 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true });
    await page.goto(link);
    const width = await page.evaluate('[document.documentElement.scrollWidth, window.innerWidth]');
    expect(width, 'nothing is wider than the screen').toEqual([320, 320]);
    const focused = () => page.evaluate('document.activeElement.id || document.activeElement.value');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('output');
    await page.keyboard.type('{"approved":');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('complete');
    await picture('phone-focus');
    await page.keyboard.press('Enter');
    await shows(/is not JSON/);
    await picture('phone-bad-json');
    expect(await focused(), 'back to where the mistake is').toBe('output');
    await page.keyboard.press('End');
    await page.keyboard.type('true}');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await shows('Done: Almanac has your answer');
    await picture('phone-done');
    expect(await output()).toEqual({ approved: true });
    expect(watched.complaints).toEqual([]);
  });
});

describe('a link that is of no more use', () => {
  test('says why when its run is over', async () => {
    const { handle, link } = await answerable.waiting();
    await handle.terminate('no longer needed');
    await newPage();
    expect((await page.goto(link))?.status()).toBe(410);
    expect(await heading()).toBe('This link is over');
    await shows('The step that this callback belongs to is over, or its run is.');
    expect(await page.getByRole('button').count()).toBe(0);
    await picture('over');
  });

  test('says so when somebody else answered while the page was open', async () => {
    const { handle, link } = await answerable.waiting();
    await newPage();
    await page.goto(link);
    const answer = await fetch(`${link}/complete`, { method: 'POST' });
    expect(answer.status).toBe(200);
    await handle.result();
    await failButton().click();
    await shows(
      /^Not taken: another outcome was delivered first, by complete.* Reload this page to see how it ended\.$/,
    );
    await picture('other-outcome');
    expect(await failButton().isEnabled(), 'a second press would not help').toBe(false);
    await page.reload();
    expect(await heading()).toBe('This step was completed');
  });

  test('tells people that it was cut short', async () => {
    const { handle, link } = await answerable.waiting();
    await newPage();
    expect((await page.goto(link.slice(0, -5)))?.status()).toBe(404);
    expect(await heading()).toBe('This link does not open');
    await shows(/Check that the address is whole/);
    await picture('cut-short');
    await handle.terminate();
  });
});
