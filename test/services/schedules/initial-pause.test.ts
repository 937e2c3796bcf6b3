import { expect, it } from 'vitest';
import { createTemporalClient } from '../../../src/clients/temporal.js';
import { pausedAttribute, withInitialPause } from '../../../src/services/schedules/initial-pause.js';

function newClient() {
  return createTemporalClient({ connection: { address: '127.0.0.1:9' }, namespace: 'default' });
}

/** As the server words it (validator.go in common/searchattribute of server 1.31.2). */
function invalidArgument(details: string) {
  return Object.assign(new Error(details), { code: 3, details, metadata: {} });
}

const refusal = invalidArgument(`${pausedAttribute} attribute can't be set in SearchAttributes`);

it.each([true, false])('sends whether it is paused: %s', async (paused) => {
  const sent: string[] = [];
  await withInitialPause(newClient(), paused, async (fields) => {
    sent.push(Buffer.from(fields[pausedAttribute]?.data ?? []).toString());
  });
  expect(sent).toEqual([String(paused)]);
});

it('asks a server that refuses the attribute without it, and from then on at once', async () => {
  const client = newClient();
  const sent: string[][] = [];
  const create = async (fields: object) => {
    sent.push(Object.keys(fields));
    if (pausedAttribute in fields) throw refusal;
  };
  await withInitialPause(client, false, create);
  await withInitialPause(client, false, create);
  expect(sent).toEqual([[pausedAttribute], [], []]);
});

it('leaves every other refusal as it is', async () => {
  const client = newClient();
  const other = invalidArgument('search attribute NobodyDefined is not defined');
  const calls: object[] = [];
  const create = async (fields: object) => {
    calls.push(fields);
    throw other;
  };
  await expect(withInitialPause(client, false, create)).rejects.toBe(other);
  await expect(withInitialPause(client, false, create)).rejects.toBe(other);
  expect(calls.map((fields) => Object.keys(fields))).toEqual([[pausedAttribute], [pausedAttribute]]);
});
