import { InvalidArgumentError } from 'commander';

/** A whole number of at least one, for commander. */
export function positiveInteger(text: string): number {
  const number = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(number) || number < 1) {
    throw new InvalidArgumentError('Give a whole number of at least 1.');
  }
  return number;
}
