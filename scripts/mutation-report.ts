// Reads a report of StrykerJS (the format of https://github.com/stryker-mutator/mutation-testing-elements), and compares its survivors
// with those that are known to be equivalent to the original code.
import path from 'node:path';

interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

interface Mutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: Place; readonly end: Place };
}

/** The part of StrykerJS's report that is read here. */
export interface MutationReport {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly Mutant[] }>>;
}

/** An entry of test/mutation/equivalent.json. It stands for the mutants of its file with this mutator, line, text and replacement. */
export interface EquivalentMutant {
  readonly file: string;
  readonly mutator: string;
  /** The code of the first line of what is replaced, as `shorten` gives it. */
  readonly code: string;
  /** What is replaced, as `shorten` gives it. */
  readonly text: string;
  /** What replaces it, as `shorten` gives it. */
  readonly replacement: string;
  /** Why no test can tell the mutant from the original. */
  readonly reason: string;
}

export interface Survivor extends Omit<EquivalentMutant, 'reason'> {
  readonly line: number;
}

/** Counts of one folder's mutants. */
export interface Score {
  readonly folder: string;
  readonly mutants: number;
  /** By a failing test or a timeout. */
  readonly killed: number;
  readonly survived: number;
  /** Survivors that are equivalent to the original. */
  readonly equivalent: number;
  /** Killed mutants of all, equivalent ones included. Percent. */
  readonly score: number;
}

export interface Comparison {
  readonly folders: readonly Score[];
  readonly total: Score;
  readonly unexplained: readonly Survivor[];
  /** Entries for mutated files that match no survivor. */
  readonly stale: readonly EquivalentMutant[];
}

/** Longest text of an entry: enough to find the place. */
const MAX_TEXT = 120;

/** One line of code, with single spaces and of limited length. */
export function shorten(code: string): string {
  return code.replaceAll(/\s+/g, ' ').trim().slice(0, MAX_TEXT);
}

function sliceOf(source: string, { start, end }: Mutant['location']): string {
  const lines = source.split('\n').slice(start.line - 1, end.line);
  const last = lines.length - 1;
  lines[last] = (lines[last] ?? '').slice(0, end.column - 1);
  lines[0] = (lines[0] ?? '').slice(start.column - 1);
  return lines.join('\n');
}

function scoreOf(folder: string, mutants: readonly Mutant[], equivalent: number): Score {
  const count = (...statuses: string[]): number => mutants.filter(({ status }) => statuses.includes(status)).length;
  const killed = count('Killed', 'Timeout');
  const survived = count('Survived', 'NoCoverage');
  const all = killed + survived;
  return { folder, mutants: all, killed, survived, equivalent, score: all === 0 ? 100 : (100 * killed) / all };
}

/** Compares the survivors of a report with the known equivalents. */
export function compareWithEquivalents(
  { files }: MutationReport,
  equivalents: readonly EquivalentMutant[],
): Comparison {
  const used = new Set<EquivalentMutant>();
  const unexplained: Survivor[] = [];
  const byFolder = new Map<string, { mutants: Mutant[]; equivalent: number }>();
  for (const [file, { source, mutants }] of Object.entries(files)) {
    const folder = byFolder.get(path.posix.dirname(file)) ?? { mutants: [], equivalent: 0 };
    byFolder.set(path.posix.dirname(file), folder);
    folder.mutants.push(...mutants);
    for (const mutant of mutants.filter(({ status }) => status === 'Survived' || status === 'NoCoverage')) {
      const survivor = {
        file,
        line: mutant.location.start.line,
        mutator: mutant.mutatorName,
        code: shorten(source.split('\n')[mutant.location.start.line - 1] ?? ''),
        text: shorten(sliceOf(source, mutant.location)),
        replacement: shorten(mutant.replacement ?? ''),
      };
      const matches = equivalents.filter((one) => isSame(one, survivor));
      for (const match of matches) used.add(match);
      if (matches.length > 0) folder.equivalent += 1;
      else unexplained.push(survivor);
    }
  }
  const parts = [...byFolder.entries()];
  return {
    folders: parts.map(([folder, { mutants, equivalent }]) => scoreOf(folder, mutants, equivalent)),
    total: scoreOf(
      'total',
      parts.flatMap(([, { mutants }]) => mutants),
      parts.reduce((sum, [, { equivalent }]) => sum + equivalent, 0),
    ),
    unexplained,
    stale: equivalents.filter((one) => one.file in files && !used.has(one)),
  };
}

function isSame(one: EquivalentMutant, { file, mutator, code, text, replacement }: Survivor): boolean {
  const isSamePlace = one.file === file && one.code === code && one.text === text;
  return isSamePlace && one.mutator === mutator && one.replacement === replacement;
}

/** One line of the result. */
export function textOf({ folder, mutants, killed, survived, equivalent, score }: Score): string {
  const counts = `${mutants} mutants, ${killed} killed, ${survived} survived (${equivalent} equivalent)`;
  return `${folder.padEnd(28)} ${score.toFixed(1).padStart(5)} %  ${counts}`;
}
