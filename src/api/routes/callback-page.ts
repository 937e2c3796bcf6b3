import { html } from 'hono/html';
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

/** The page behind a callback link: it shows the state, and posts only when somebody presses a button. */
export function callbackPage(state: CallbackStateView | AlmanacError, nonce: string) {
  const title = state instanceof Error ? 'This link is over' : titles[state.state];
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · Almanac</title>
<style nonce="${nonce}">
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 38rem; margin: 3rem auto; padding: 0 1rem; color: #1a202c; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; overflow-wrap: anywhere; }
dt { color: #5a6472; } dd { margin: 0; }
fieldset { border: 1px solid #ccd3dc; border-radius: .4rem; margin: 1.5rem 0; }
textarea, input { width: 100%; box-sizing: border-box; font: inherit; }
button { font: inherit; padding: .5rem 1.2rem; margin-top: .6rem; border: 0; border-radius: .3rem; color: #fff; background: #1a56db; }
button[value=fail] { background: #b42318; } button:disabled { opacity: .5; }
</style>
</head>
<body>
<h1>${title}</h1>
${state instanceof Error ? html`<p>${state.message}</p>` : details(state)}
${state instanceof Error || state.state !== 'waiting' ? '' : forms(state, nonce)}
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
<dt>Link ends</dt><dd>${expiresAt}</dd>
</dl>`;
}

function forms({ operations }: CallbackStateView, nonce: string) {
  return html`${
    operations.includes('complete')
      ? html`<fieldset><legend>Complete</legend>
<label>Output of the step, in JSON (may stay empty)<textarea id="output" rows="4" spellcheck="false"></textarea></label>
<button type="button" value="complete">Complete this step</button></fieldset>`
      : ''
  }
${
  operations.includes('fail')
    ? html`<fieldset><legend>Fail</legend>
<label>What went wrong<input id="message"></label>
<button type="button" value="fail">Let this step fail</button></fieldset>`
    : ''
}
<p><output id="result" aria-live="polite"></output></p>
<script nonce="${nonce}">
const result = document.getElementById('result');
const buttons = [...document.querySelectorAll('button')];
function bodyOf(operation) {
  if (operation === 'fail') return { message: document.getElementById('message').value.trim() || 'failed by hand' };
  const text = document.getElementById('output').value.trim();
  return text === '' ? {} : { output: JSON.parse(text) };
}
async function send(operation) {
  let body;
  try { body = JSON.stringify(bodyOf(operation)); } catch (error) { result.textContent = 'The output is not JSON: ' + error.message; return; }
  for (const button of buttons) button.disabled = true;
  try {
    const response = await fetch(location.pathname.replace(/\\/$/, '') + '/' + operation, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body,
    });
    const answer = await response.json();
    result.textContent = response.ok ? 'Done: this step was told to ' + operation + '.' : answer.detail;
    if (response.ok) return;
  } catch { result.textContent = 'Almanac did not answer. Please try again.'; }
  for (const button of buttons) button.disabled = false;
}
for (const button of buttons) button.addEventListener('click', () => send(button.value));
</script>`;
}
