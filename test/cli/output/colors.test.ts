import { expect, test } from 'vitest';
import { wantsColors } from '../../../src/cli/output/colors.js';

test.each([
  [{}, true, true],
  [{}, false, false],
  [{ TERM: 'dumb' }, true, false],
  [{ NO_COLOR: '1' }, true, false],
  // An empty NO_COLOR counts as not set: https://no-color.org
  [{ NO_COLOR: '' }, true, true],
  [{ FORCE_COLOR: '1' }, false, true],
  [{ FORCE_COLOR: '0' }, true, false],
  [{ FORCE_COLOR: '1', NO_COLOR: '1' }, true, false],
  [{ CI: 'true' }, false, false],
])('%o on a terminal: %s gives colours: %s', (env, isTerminal, expected) => {
  expect(wantsColors({ env, isTerminal })).toBe(expected);
});
