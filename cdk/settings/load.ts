import { readFileSync } from 'node:fs';
import { type Fault, formatPath, isRecord, type Path, shownValue, valueAt } from '../../src/domain/definition/fault.js';
import { type ParsedJson, parseJson } from '../../src/domain/definition/json-position.js';
import { explain, faultsOf } from '../../src/domain/definition/messages.js';
import { AlmanacError, type ErrorDetail } from '../../src/domain/errors.js';
import { didYouMean } from '../../src/domain/nearest.js';
import { checkRules } from './rules.js';
import { isStageName, type Settings, settingsSchema, stageNameFault } from './schema.js';

export interface SettingsChoice {
  /** Of the `stages` of the file; needed where there are any. */
  stage?: string | undefined;
  /** Values by path, such as `temporal.mode`, that stand above those of the file: `-c temporal.mode=cloud`. */
  overrides?: Readonly<Record<string, string>> | undefined;
}

/** @throws AlmanacError `invalid-input` with every fault of the file at once: file, line, column, path and value. */
export function loadSettings(file: string, choice: SettingsChoice = {}): Settings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const message = `there is no ${file}: copy almanac.config.example.json to it and set your region and Temporal`;
    throw new AlmanacError('invalid-input', message, { cause: error, details: [{ file, path: '', message }] });
  }
  return parseSettings(file, text, choice);
}

export function parseSettings(file: string, text: string, { stage, overrides = {} }: SettingsChoice = {}): Settings {
  const json = parseJson(text);
  const refuse = (details: ErrorDetail[]): never => {
    const count = details.length === 1 ? '1 error' : `${details.length} errors`;
    throw new AlmanacError('invalid-input', `${file} has ${count}`, { details });
  };
  if (json.value === undefined || json.faults.length > 0) {
    return refuse(json.faults.map(({ path, message, line, column }) => ({ file, line, column, path, message })));
  }
  const found = stageOf(json.value, stage);
  if ('message' in found) return refuse([placed(file, json, { path: found.path, message: found.message })]);
  const { $schema: _, stages: __, ...base } = isRecord(json.value) ? json.value : {};
  const merged = withOverrides(merge(base, found.changes), overrides);
  const rules = checkRules(merged);
  const parsed = settingsSchema.safeParse(merged, { error: explain });
  if (parsed.success && rules.length === 0) return { ...parsed.data, stage: found.name };
  const shape = parsed.success ? [] : faultsOf(parsed.error.issues, merged);
  return refuse(
    oneEachPlace([...shape, ...rules]).map((fault) => {
      const given = overrideAt(fault.path, overrides);
      if (given !== undefined) {
        const path = formatPath(fault.path);
        return { path, message: `${fault.message} (given with -c ${given})`, value: overrides[given] };
      }
      const inStage: Path = ['stages', found.name, ...fault.path];
      const isOfStage = valueAt(json.value, inStage) !== undefined;
      return placed(file, json, isOfStage ? { ...fault, path: inStage } : fault);
    }),
  );
}

function oneEachPlace(faults: readonly Fault[]): Fault[] {
  const byPlace = new Map<string, Fault>();
  for (const fault of faults) {
    const place = formatPath(fault.path);
    if (!byPlace.has(place)) byPlace.set(place, fault);
  }
  return [...byPlace.values()];
}

interface Stage {
  name: string;
  changes: unknown;
}

function stageOf(value: unknown, wanted: string | undefined): Stage | { path: Path; message: string } {
  const stages = isRecord(value) && isRecord(value.stages) ? value.stages : {};
  const names = Object.keys(stages);
  const misnamed = names.find((name) => !isStageName(name));
  if (misnamed !== undefined) return { path: ['stages', misnamed], message: stageNameFault };
  if (wanted === undefined) {
    if (names.length === 0) return { name: 'default', changes: {} };
    return { path: ['stages'], message: `which stage? Say -c stage=NAME with one of ${names.join(', ')}` };
  }
  if (Object.hasOwn(stages, wanted)) return { name: wanted, changes: stages[wanted] };
  const known = names.length === 0 ? 'the file has no stages' : `the stages are ${names.join(', ')}`;
  return { path: ['stages'], message: `there is no stage ${wanted}${didYouMean(wanted, names)}; ${known}` };
}

function merge(base: unknown, changes: unknown): unknown {
  if (!isRecord(base) || !isRecord(changes)) return changes === undefined ? base : changes;
  // A mode brings its own keys: those of another one would be unknown in it.
  if ('mode' in changes && changes.mode !== base.mode) return changes;
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(changes)) merged[key] = merge(base[key], value);
  return merged;
}

function withOverrides(value: unknown, overrides: Readonly<Record<string, string>>): unknown {
  return Object.entries(overrides).reduce((settings, [path, text]) => {
    const change = path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), jsonOrText(text));
    return merge(settings, change);
  }, value);
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function overrideAt(path: Path, overrides: Readonly<Record<string, string>>): string | undefined {
  const text = path.join('.');
  return Object.keys(overrides).find((given) => text === given || text.startsWith(`${given}.`));
}

function placed(file: string, json: ParsedJson, { path, message, value, atKey }: Fault): ErrorDetail {
  const text = formatPath(path);
  const { line, column } = json.positionOf(text, atKey === true ? 'key' : 'value');
  const shown = shownValue(path, value);
  return { file, line, column, path: text, message, ...(shown === undefined ? {} : { value: shown }) };
}
