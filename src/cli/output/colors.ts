import pc from 'picocolors';

/** What a piece of text means; the palette decides how that looks. */
export type Tone = 'good' | 'bad' | 'warn' | 'busy' | 'faint' | 'strong';

export type Painter = (tone: Tone | undefined, text: string) => string;

interface ColorFacts {
  env: Readonly<Record<string, string | undefined>>;
  isTerminal: boolean;
}

/**
 * Colours only on a terminal, unless the user says otherwise: NO_COLOR (any text) turns them off,
 * FORCE_COLOR (any text but 0 and false) turns them on. See https://no-color.org.
 */
export function wantsColors({ env, isTerminal }: ColorFacts): boolean {
  if (env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return !['', '0', 'false'].includes(env.FORCE_COLOR);
  return isTerminal && env.TERM !== 'dumb';
}

export function createPainter(enabled: boolean): Painter {
  const colors = pc.createColors(enabled);
  const palette: Record<Tone, (text: string) => string> = {
    good: colors.green,
    bad: colors.red,
    warn: colors.yellow,
    busy: colors.cyan,
    faint: colors.dim,
    strong: colors.bold,
  };
  return (tone, text) => (tone === undefined || text === '' ? text : palette[tone](text));
}
