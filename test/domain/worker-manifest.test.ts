import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { formatPath } from '../../src/domain/definition/fault.js';
import { parseDefinition } from '../../src/domain/definition/parse.js';
import { manifestChecker, manifestOfSources, manifestText, workerManifest } from '../../src/domain/worker-manifest.js';
import { loadDefinitionFiles } from '../../src/services/definition-files.js';

const own = manifestOfSources();

function faults(manifest: typeof own, action: unknown) {
  const check = manifestChecker(manifest);
  return check({ id: 'x', spec: {}, action }).map(({ path: at, message }) => `${formatPath(at)}: ${message}`);
}

describe('manifest of the worker', () => {
  it('is what its file says', () => {
    expect(workerManifest.parse(JSON.parse(manifestText(own)))).toEqual(own);
    expect(Object.keys(own.workflows)).toContain('partitionObjects');
    expect(Object.keys(own.steps)).toContain('s3.transform');
  });

  it.each(['schedules', 'test/fixtures/good-schedules'])('allows everything valid in %s', async (folder) => {
    const { definitions } = await loadDefinitionFiles(path.resolve(folder), {
      now: new Date('2026-06-01T00:00:00Z'),
    });
    expect(definitions.length).toBeGreaterThan(0);
    const read = workerManifest.parse(JSON.parse(manifestText(own)));
    const check = manifestChecker(read);
    expect(
      definitions.flatMap(({ file, definition }) => check(definition).map((fault) => ({ file, ...fault }))),
    ).toEqual([]);
  });

  it('names workflows and step kinds that an older image lacks', () => {
    const { wait } = own.steps;
    if (wait === undefined) throw new Error('no wait');
    const older = { ...own, workflows: {}, steps: { wait, workflow: own.steps.workflow ?? wait } };
    expect(faults(older, { workflow: 'partitionObjects', input: {} })).toEqual([
      'action.workflow: the image of the workers has no workflow "partitionObjects" (it has none): deploy it with an image that has',
    ]);
    const steps = [
      { id: 'a', uses: 'wait', with: { duration: '1h' } },
      { id: 'b', uses: 's3.copy', with: {} },
      { id: 'c', uses: 'workflow', with: { name: 'partitionObjects' } },
      { id: 'd', uses: 'workflow', with: { name: "{% 'any' %}" } },
    ];
    const onFailure = [{ id: 'e', uses: 'email.send', with: {} }];
    expect(faults(older, { steps, onFailure }).map((text) => text.split(':')[0])).toEqual([
      'action.steps[1].uses',
      'action.steps[2].with.name',
      'action.onFailure[0].uses',
    ]);
  });

  it('holds inputs against the schemas of the image, and not those of the sources', () => {
    const schema = {
      type: 'object',
      properties: { shop: { type: 'string' } },
      required: ['shop'],
      additionalProperties: false,
    };
    const image = workerManifest.parse({ ...own, workflows: { partitionObjects: { input: schema } } });
    expect(faults(image, { workflow: 'partitionObjects', input: { shop: 'berlin' } })).toEqual([]);
    expect(faults(image, { workflow: 'partitionObjects', input: { shop: 5 } })[0]).toMatch(
      /^action\.input\.shop: .*by the image of the workers$/,
    );
    const steps = own.steps.wait && {
      wait: { with: { type: 'object', properties: { days: { type: 'number' } }, required: ['days'] } },
    };
    expect(
      faults(workerManifest.parse({ ...own, steps }), { steps: [{ id: 'a', uses: 'wait', with: { duration: '1h' } }] }),
    ).toHaveLength(1);
  });

  it('leaves workflows of other applications alone', () => {
    const { action } = parseDefinition({
      id: 'x',
      spec: { cron: ['0 1 * * *'] },
      action: { workflow: 'elsewhere', external: {}, taskQueue: 'theirs' },
    });
    expect(faults({ ...own, workflows: {} }, action)).toEqual([]);
  });
});
