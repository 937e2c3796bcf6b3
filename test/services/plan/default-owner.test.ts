import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultOwner } from '../../../src/services/plan/default-owner.js';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'almanac-owner-'));
  await mkdir(path.join(root, 'inner', 'schedules'), { recursive: true });
  await writeFile(path.join(root, 'package.json'), '{ "name": "@team/outer" }');
});

afterAll(() => rm(root, { recursive: true }));

it('is the name in the nearest package.json that has one', async () => {
  const folder = path.join(root, 'inner', 'schedules');
  expect(await defaultOwner(folder)).toBe('@team/outer');
  await writeFile(path.join(root, 'inner', 'package.json'), '{ "private": true }');
  expect(await defaultOwner(folder)).toBe('@team/outer');
  await writeFile(path.join(root, 'inner', 'package.json'), '{ "name": "inner" }');
  expect(await defaultOwner(folder)).toBe('inner');
});

it('is almanac where there is none', async () => {
  expect(await defaultOwner('/')).toBe('almanac');
});
