import { html, raw } from 'hono/html';
import type { HtmlEscapedString } from 'hono/utils/html';
import type { CallbackStateView } from '../../domain/callback/state-view.js';
import type { AlmanacError } from '../../domain/errors.js';

/** Nothing on the page comes from elsewhere, and nothing else may run on it or frame it. */
export function pageHeaders(nonce: string): Record<string, string> {
  return {
    'Content-Security-Policy': [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      "connect-src 'self'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "base-uri 'none'",
    ].join('; '),
    'X-Frame-Options': 'DENY',
  };
}

export interface PageOptions {
  /** Does the step take answers that are not signed? The page has no key to sign with. */
  takesForms: boolean;
  nonce: string;
}

/** The page behind a callback link: it shows the state, and posts only when somebody presses a button. */
export function callbackPage(state: CallbackStateView, { takesForms, nonce }: PageOptions) {
  const answers = takesForms ? forms(state, nonce) : html`<p>${signedOnly}</p>`;
  return page(titles[state.state], html`${details(state)}${state.state === 'waiting' ? answers : ''}`, nonce);
}

const signedOnly =
  'Only a program that has the shared webhook secret can answer by this link: the step takes signed answers alone. Whoever runs Almanac can make you a link that works here.';

/** What people see in place of a problem in JSON. */
export function refusalPage({ code, message }: AlmanacError, nonce: string) {
  if (code === 'gone') return page('This link is over', html`<p>${sentence(message)}</p>`, nonce);
  if (code === 'not-found') return page('This link does not open', html`<p>${unknownLink}</p>`, nonce);
  return page('Please try again', html`<p>${sentence(message)}</p><p>Reload this page in a moment.</p>`, nonce);
}

const unknownLink =
  'Almanac does not know it. Check that the address is whole: mail programs may cut a long one. Whoever runs Almanac can send you a new link.';

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function page(title: string, content: HtmlEscapedString | Promise<HtmlEscapedString>, nonce: string) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · Almanac</title>
<style nonce="${nonce}">
:root { color-scheme: light dark; --text: #1a202c; --quiet: #5a6472; --page: #fff; --field: #fff; --line: #ccd3dc; --go: #1a56db; --stop: #b42318; --bad: #b42318; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e4e8ee; --quiet: #a0aab8; --page: #14181f; --field: #1c222b; --line: #3c4654; --go: #2f6bea; --stop: #c93a2e; --bad: #ff9a8f; }
}
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 3rem auto; padding: 0 1rem; color: var(--text); background: var(--page); }
h1 { font-size: 1.6rem; line-height: 1.25; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; overflow-wrap: anywhere; }
dt { color: var(--quiet); } dd { margin: 0; }
fieldset { min-width: 0; padding: .75rem 1rem 1rem; border: 1px solid var(--line); border-radius: .4rem; margin: 1.5rem 0; }
legend { padding: 0 .4rem; font-weight: 600; }
textarea, input { display: block; width: 100%; box-sizing: border-box; margin-top: .25rem; padding: .5rem; font: inherit; color: inherit; background: var(--field); border: 1px solid var(--line); border-radius: .3rem; }
textarea { font-family: ui-monospace, monospace; resize: vertical; }
button { font: inherit; padding: .5rem 1.2rem; margin-top: .75rem; border: 0; border-radius: .3rem; color: #fff; background: var(--go); cursor: pointer; }
button[value=fail] { background: var(--stop); } button:disabled { opacity: .5; cursor: default; }
:focus-visible { outline: 3px solid var(--go); outline-offset: 2px; }
[aria-invalid=true] { border-color: var(--bad); }
output { display: block; margin-top: .75rem; color: var(--bad); overflow-wrap: anywhere; } output:empty { display: none; }
@media (max-width: 30rem) { body { margin-top: 1.5rem; } button { width: 100%; } }
</style>
</head>
<body>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>`;
}

const titles: Record<CallbackStateView['state'], string> = {
  waiting: 'This step waits for an answer',
  completed: 'This step was completed',
  failed: 'This step failed',
  cancelled: 'This step was cancelled',
};

function details({ workflowId, step, attempt, expiresAt, cancelRequested, progress }: CallbackStateView) {
  const total = progress?.total === undefined ? '' : ` of ${progress.total}`;
  return html`<dl>
<dt>Run</dt><dd>${workflowId}</dd>
<dt>Step</dt><dd>${step}</dd>
${attempt === undefined ? '' : html`<dt>Attempt</dt><dd>${attempt}</dd>`}
${progress === undefined ? '' : html`<dt>Progress</dt><dd>${progress.done}${total} ${progress.unit} ${progress.message ?? ''}</dd>`}
${cancelRequested ? html`<dt>Cancellation</dt><dd>the run asks for this step to stop</dd>` : ''}
<dt>Link ends</dt><dd><time datetime="${expiresAt}">${expiresAt.slice(0, 10)} ${expiresAt.slice(11, 19)} UTC</time></dd>
</dl>`;
}

function forms({ operations }: CallbackStateView, nonce: string) {
  return html`<div id="answers">${
    operations.includes('complete')
      ? html`<fieldset><legend>Complete</legend>
<label>Output of the step, in JSON (may stay empty)<textarea id="output" rows="4" spellcheck="false" autocapitalize="off" aria-describedby="complete-result"></textarea></label>
<button type="button" value="complete">Complete this step</button>
<output id="complete-result" for="output"></output></fieldset>`
      : ''
  }
${
  operations.includes('fail')
    ? html`<fieldset><legend>Fail</legend>
<label>What went wrong<input id="message" autocomplete="off"></label>
<button type="button" value="fail">Let this step fail</button>
<output id="fail-result" for="message"></output></fieldset>`
    : ''
}</div>
<p id="done" role="status"></p>
<script nonce="${nonce}">
const output = document.getElementById('output');
const buttons = [...document.querySelectorAll('button')];
const titles = ${raw(JSON.stringify({ complete: titles.completed, fail: titles.failed }))};
const hopeless = [404, 409, 410];
function bodyOf(operation) {
  if (operation === 'fail') return { message: document.getElementById('message').value.trim() || 'failed by hand' };
  const text = output.value.trim();
  return text === '' ? {} : { output: JSON.parse(text) };
}
function done(operation) {
  document.title = titles[operation] + ' · Almanac';
  document.querySelector('h1').textContent = titles[operation];
  document.getElementById('answers').remove();
  document.getElementById('done').textContent = 'Done: Almanac has your answer. You can close this page.';
}
async function send(operation, result) {
  result.textContent = '';
  output?.removeAttribute('aria-invalid');
  let body;
  try { body = JSON.stringify(bodyOf(operation)); } catch (error) {
    result.textContent = 'The output is not JSON (text needs quotes, like "yes"): ' + error.message;
    output.setAttribute('aria-invalid', 'true');
    output.focus();
    return;
  }
  for (const button of buttons) button.disabled = true;
  let again = true;
  try {
    const response = await fetch(location.pathname.replace(/\\/$/, '') + '/' + operation, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body,
    });
    const answer = await response.json();
    if (response.ok) return done(operation);
    again = !hopeless.includes(response.status);
    result.textContent = 'Not taken: ' + answer.detail + (again ? '' : '. Reload this page to see how it ended.');
  } catch { result.textContent = 'Almanac did not answer. Please try again.'; }
  if (!again) return;
  for (const button of buttons) button.disabled = false;
  document.querySelector('button[value=' + operation + ']').focus();
}
for (const button of buttons) {
  button.addEventListener('click', () => send(button.value, document.getElementById(button.value + '-result')));
}
</script>`;
}
