import type { SealedCallback } from './seal.js';

interface LinkMail {
  subject: string;
  text: string;
  html: string;
}

/**
 * The mail of `callback.wait`. Its button opens a page that asks before it posts, and nothing here does anything by a GET: scanners that
 * follow links do no harm.
 */
export function linkMail(
  step: { scheduleId: string; stepId: string; scheduledTime: string },
  callback: SealedCallback,
): LinkMail {
  const what = `${step.stepId} of ${step.scheduleId}`;
  const run = `the run of ${step.scheduledTime}`;
  const { complete, fail, expiresAt } = callback.links;
  const until = `The links work until ${expiresAt}. Whoever has one can answer: pass them on with care.`;
  const forPrograms = 'A program answers by a POST instead, with a JSON body:';
  return {
    subject: `Your answer is needed: ${what}`,
    text: [
      `Step ${what} waits for an answer (${run}).`,
      '',
      'Open this page to complete it or to let it fail:',
      callback.base,
      '',
      forPrograms,
      `- to complete it: ${complete}`,
      `- to let it fail: ${fail}`,
      '',
      until,
      '',
    ].join('\n'),
    html: [
      '<!doctype html><html><body style="font-family:sans-serif;max-width:36em">',
      `<p>Step <strong>${escapeHtml(step.stepId)}</strong> of <strong>${escapeHtml(step.scheduleId)}</strong> waits for an answer (${escapeHtml(run)}).</p>`,
      `<p><a href="${escapeHtml(callback.base)}" style="display:inline-block;padding:.6em 1.2em;background:#1a56db;color:#fff;text-decoration:none;border-radius:.3em">Open and answer</a></p>`,
      `<p style="color:#555">${forPrograms}</p><ul style="color:#555;overflow-wrap:anywhere">`,
      `<li>to complete it: ${escapeHtml(complete)}</li><li>to let it fail: ${escapeHtml(fail)}</li></ul>`,
      `<p style="color:#555">${escapeHtml(until)}</p>`,
      '</body></html>',
    ].join('\n'),
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
