/** Numbers in [0, 1) that are the same in every run (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Up to `length` pieces of an alphabet; a character below U+0100 that is one piece alone is that byte, valid UTF-8 or not. */
export function randomBytes(random: () => number, length: number, alphabet: string[]): Buffer {
  const pieces = alphabet.map((piece) =>
    piece.length === 1 && piece.charCodeAt(0) >= 0x80 && piece !== 'é'
      ? Buffer.from(piece, 'latin1')
      : Buffer.from(piece),
  );
  const count = Math.floor(random() * length);
  return Buffer.concat(Array.from({ length: count }, () => pieces[Math.floor(random() * pieces.length)] as Buffer));
}
