import type { RE2JS } from 're2js';

/** The parts of RE2JS's lazy automaton that are driven here; the version of the package is pinned, and a test compares the two. */
interface LazyDfa {
  readonly failed: boolean;
  readonly numClasses: number;
  runeClass(rune: number): number;
  start(input: { context(position: number): number }, position: number): DfaState | null;
  /** Null when the automaton would take too much memory. */
  step(state: DfaState, runeClass: number, rune: number, anchor: number): DfaState | null;
}

interface DfaState {
  readonly isMatch: boolean;
}

// RE2JS's own numbers.
const beginText = 4;
const unanchored = 0;
const endOfText = -1;

/** Each state has a row of this many transitions, one for each byte of ASCII. */
const row = 128;
/** A transition is the beginning of the next state's row, or one of these, which are all below the first row. */
const unknown = 0;
const matched = 1;
const givenUp = -1;
/** 2,048 states take 1 MB. An expression that needs more is left to RE2JS. */
const mostStates = 2048;
const replacementRune = 0xfffd;

/**
 * RE2JS's automaton with its transitions laid out flat: one look-up for each byte of ASCII, instead of an object, a rune and a
 * class. States come from RE2JS and are entered as they are met, so the answers are its own, in linear time.
 */
export class LineAutomaton {
  readonly #dfa: LazyDfa;
  /** By number; number 0 is not used, so that no row begins at 0. */
  readonly #states: (DfaState | undefined)[] = [undefined];
  readonly #rows = new Map<DfaState, number>();
  #table = new Int32Array(64 * row);
  /** Whether a line that ends in a state matches, by the number of the state. */
  readonly #atEnd = new Int32Array(mostStates);
  readonly #start: number;

  constructor(regex: RE2JS) {
    this.#dfa = regex.re2().dfa;
    const start = this.#dfa.failed ? null : this.#dfa.start({ context: () => beginText }, 0);
    this.#start = start === null ? givenUp : this.#enter(start);
  }

  /** Does the expression match in `block[start, end)`? Undefined: this automaton can't tell, ask RE2JS. */
  test(block: Buffer, start: number, end: number): boolean | undefined {
    let state = this.#start;
    if (state < row) return state === matched ? true : undefined;
    let table = this.#table;
    let at = start;
    while (at < end) {
      const byte = block[at] as number;
      let next: number;
      if (byte < row) {
        next = table[state + byte] as number;
        at += 1;
      } else {
        const rune = decodeRune(block, at, end);
        next = this.#step(state, this.#dfa.runeClass(rune.value), rune.value);
        at += rune.width;
      }
      if (next < row) {
        if (next === unknown) next = this.#extend(state, byte);
        if (next === matched) return true;
        if (next === givenUp) return undefined;
        table = this.#table;
      }
      state = next;
    }
    const last = this.#end(state);
    return last === givenUp ? undefined : last === matched;
  }

  #extend(state: number, byte: number): number {
    const next = this.#step(state, this.#dfa.runeClass(byte), byte);
    this.#table[state + byte] = next;
    return next;
  }

  #end(state: number): number {
    const known = this.#atEnd[state / row] as number;
    if (known !== unknown) return known;
    const last = this.#step(state, this.#dfa.numClasses, endOfText);
    this.#atEnd[state / row] = last;
    return last;
  }

  #step(state: number, runeClass: number, rune: number): number {
    const from = this.#states[state / row];
    const next = from === undefined ? null : this.#dfa.step(from, runeClass, rune, unanchored);
    return next === null ? givenUp : this.#enter(next);
  }

  #enter(state: DfaState): number {
    if (state.isMatch) return matched;
    const known = this.#rows.get(state);
    if (known !== undefined) return known;
    const number = this.#states.length;
    if (number >= mostStates) return givenUp;
    this.#states.push(state);
    this.#rows.set(state, number * row);
    if (number * row >= this.#table.length) {
      const larger = new Int32Array(this.#table.length * 2);
      larger.set(this.#table);
      this.#table = larger;
    }
    return number * row;
  }
}

const decoded = { value: 0, width: 1 };

/** The rune at a byte from 0x80 on, as Go and RE2 decode UTF-8: what is not valid is U+FFFD, one byte long. The result is reused. */
function decodeRune(block: Buffer, at: number, end: number): { value: number; width: number } {
  const lead = block[at] as number;
  const width = lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) === 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 1;
  decoded.value = replacementRune;
  decoded.width = 1;
  if (width === 1 || at + width > end) return decoded;
  let value = lead & (0xff >> (width + 1));
  for (let index = 1; index < width; index++) {
    const byte = block[at + index] as number;
    if ((byte & 0xc0) !== 0x80) return decoded;
    value = (value << 6) | (byte & 0x3f);
  }
  const overlong = width === 3 ? value < 0x800 : width === 4 && value < 0x10000;
  const surrogate = value >= 0xd800 && value <= 0xdfff;
  if (overlong || surrogate || value > 0x10ffff) return decoded;
  decoded.value = value;
  decoded.width = width;
  return decoded;
}
