import { describe, expect, it } from 'vitest';
import { loadScheduleSet } from '../../cdk/schedules/load-schedule-set.js';
import { type Mode, modes, settingsOf, synth } from './support/synth.js';

/** How many of each type a template has: a change of it is worth a look, and is bought with money. */
function typesOf(template: { toJSON(): { [key: string]: unknown } }): Record<string, number> {
  const counts: Record<string, number> = {};
  const { Resources } = template.toJSON();
  for (const resource of Object.values(Object(Resources))) {
    const type = String(Object(resource).Type);
    counts[type] = (counts[type] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

describe('resources of each stack', () => {
  it.each(Object.keys(modes) as Mode[])('with %s Temporal', async (mode) => {
    const { templates } = synth(settingsOf(mode), { schedules: await loadScheduleSet('schedules') });
    const types = Object.fromEntries(Object.entries(templates).map(([name, template]) => [name, typesOf(template)]));
    expect(types).toMatchSnapshot();
  });

  it('of a stage have names of their own', () => {
    const settings = settingsOf('existing', { stages: { prod: { tags: { cost: 'orders' } } } }, { stage: 'prod' });
    const { templates } = synth(settings);
    expect(Object.keys(templates).sort()).toEqual([
      'AlmanacProdApi',
      'AlmanacProdNetwork',
      'AlmanacProdWatch',
      'AlmanacProdWorker',
    ]);
    const text = JSON.stringify(templates.AlmanacProdApi?.toJSON());
    expect(text).toContain('"FunctionName":"almanac-prod-control"');
    expect(text).toContain('"Name":"almanac-prod/callback-keys"');
    expect(text).toContain('"LogGroupName":"/almanac/prod/api/access"');
    expect(text).toContain('{"Key":"cost","Value":"orders"}');
  });

  it('keep their data when a stack goes, unless the settings say otherwise', () => {
    const policiesOf = (removal: string) => {
      const { templates } = synth(settingsOf('existing', { removal }), { profile: 'emulator' });
      const resources = Object.values(Object(templates.AlmanacApi?.toJSON().Resources));
      return new Set(
        resources
          .filter((resource) => /Secret$|Bucket$|Key$|LogGroup$/.test(String(Object(resource).Type)))
          .map((resource) => Object(resource).DeletionPolicy),
      );
    };
    expect(policiesOf('retain')).toEqual(new Set(['Retain']));
    expect(policiesOf('destroy')).toEqual(new Set(['Delete']));
  });
});
