import type { ErrorDetail } from '../errors.js';
import { type CheckOptions, checkDefinition, type PlacedDetail } from './check.js';
import { type DateFile, type ParsedDates, parseDates } from './date-file.js';
import { field, isRecord } from './fault.js';
import { type ParsedJson, parseJson } from './json-position.js';
import type { ScheduleDefinition } from './schedule-definition.js';

export interface DefinitionFile {
  /** As the user named it. */
  file: string;
  text: string;
}

export interface ParsedDefinitionFiles {
  /** Those without an error, in the order in which they were given. */
  definitions: { file: string; definition: ScheduleDefinition }[];
  errors: ErrorDetail[];
  warnings: ErrorDetail[];
}

export interface FilesOptions extends CheckOptions {
  /** Files of dates by the name that stands in `skipDates`. */
  dateFiles?: ReadonlyMap<string, DateFile>;
}

interface ReadDefinition {
  file: string;
  json: ParsedJson;
  id: unknown;
}

/** Parses schedule files: every error and warning of every file at once, with file, line, column, path and value. */
export function parseDefinitionFiles(
  files: readonly DefinitionFile[],
  options: FilesOptions = {},
): ParsedDefinitionFiles {
  const result: ParsedDefinitionFiles = { definitions: [], errors: [], warnings: [] };
  const now = options.now ?? new Date();
  const calendars = readCalendars(options.dateFiles, now);
  const read = files.map(({ file, text }): ReadDefinition => {
    const json = parseJson(text);
    return { file, json, id: field(json.value, 'id') };
  });
  const firstOfId = new Map(read.toReversed().map((one) => [one.id, one]));
  for (const one of read) {
    const errors: ErrorDetail[] = one.json.faults.map((fault) => ({ file: one.file, ...fault }));
    if (one.json.value !== undefined) {
      const { value, fault } = withDates(one, calendars);
      const checked = checkDefinition(value, { ...options, now });
      errors.push(
        ...idFaults(one, firstOfId.get(one.id)),
        ...(fault === undefined ? [] : [fault]),
        ...checked.errors.map((detail) => placeIn(one, detail)),
      );
      result.warnings.push(...checked.warnings.map((detail) => placeIn(one, detail)));
      if (errors.length === 0 && checked.definition && usesSoundDates(one, calendars)) {
        result.definitions.push({ file: one.file, definition: checked.definition });
      }
    }
    result.errors.push(...inFileOrder(errors));
  }
  for (const { errors, warnings } of distinct(calendars)) {
    result.errors.push(...errors);
    result.warnings.push(...warnings);
  }
  return result;
}

/** Names of the date files that definitions ask for: read these, then parse. */
export function namesOfDates(files: readonly DefinitionFile[]): string[] {
  return files.flatMap(({ text }) => datesName(parseJson(text)) ?? []);
}

type Calendar = { problem: string } | ParsedDates;
type Calendars = ReadonlyMap<string, Calendar>;

function readCalendars(dateFiles: ReadonlyMap<string, DateFile> = new Map(), now: Date): Calendars {
  const parsed = new Map<string, ParsedDates>();
  return new Map(
    [...dateFiles].map(([name, source]): [string, Calendar] => {
      if ('problem' in source) return [name, { problem: source.problem }];
      const dates = parsed.get(source.file) ?? parseDates(source.file, source.text, now);
      parsed.set(source.file, dates);
      return [name, dates];
    }),
  );
}

function distinct(calendars: Calendars): ParsedDates[] {
  return [...new Set(calendars.values())].filter((calendar): calendar is ParsedDates => !('problem' in calendar));
}

function datesName(json: ParsedJson): string | undefined {
  const name = field(field(json.value, 'spec'), 'skipDates');
  return typeof name === 'string' && name.endsWith('.json') ? name : undefined;
}

/** The value with the dates in place of the name of their file. */
function withDates(one: ReadDefinition, calendars: Calendars): { value: unknown; fault?: ErrorDetail } {
  const { value } = one.json;
  const name = datesName(one.json);
  const spec = field(value, 'spec');
  if (name === undefined || !isRecord(value) || !isRecord(spec)) return { value };
  const calendar = calendars.get(name);
  const problem =
    calendar === undefined
      ? 'names a file that was not given: send the list of dates, or read the folder with it'
      : 'problem' in calendar
        ? calendar.problem
        : undefined;
  const dates = calendar === undefined || 'problem' in calendar ? [] : calendar.dates;
  const fault = { atKey: false, path: 'spec.skipDates', message: problem ?? '', value: name };
  return {
    value: { ...value, spec: { ...spec, skipDates: dates } },
    ...(problem === undefined ? {} : { fault: placeIn(one, fault) }),
  };
}

function usesSoundDates(one: ReadDefinition, calendars: Calendars): boolean {
  const calendar = calendars.get(datesName(one.json) ?? '');
  return calendar === undefined || (!('problem' in calendar) && calendar.errors.length === 0);
}

/** The id is the file's base name, which also makes it unique in one folder; over subfolders it has to be checked. */
function idFaults(one: ReadDefinition, first: ReadDefinition | undefined): ErrorDetail[] {
  const { file, id } = one;
  if (typeof id !== 'string') return [];
  const faults: ErrorDetail[] = [];
  const place = { atKey: false, path: 'id', value: id };
  const base = baseName(file);
  if (id !== base) {
    const message = `must equal the base name of the file: rename the file to ${id}.json, or write "${base}"`;
    faults.push(placeIn(one, { ...place, message }));
  }
  if (first !== undefined && first !== one) {
    faults.push(placeIn(one, { ...place, message: `the id is taken by ${first.file}; ids are unique over all files` }));
  }
  return faults;
}

function baseName(file: string): string {
  const name = file.split(/[\\/]/).at(-1) ?? file;
  return name.replace(/\.json$/, '');
}

function placeIn({ file, json }: ReadDefinition, { atKey, ...detail }: PlacedDetail): ErrorDetail {
  return { file, ...json.positionOf(detail.path, atKey ? 'key' : 'value'), ...detail };
}

function inFileOrder(details: ErrorDetail[]): ErrorDetail[] {
  return details.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0));
}
