// Survivors of mutation testing that are known to be equivalent: each must fit the code, and a stale one must be noticed.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import {
  compareWithEquivalents,
  type EquivalentMutant,
  type MutationReport,
  shorten,
} from '../../scripts/mutation-report';
import { root } from '../support/root';

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

describe('test/mutation/equivalent.json', () => {
  const entries = JSON.parse(read('test/mutation/equivalent.json')) as readonly EquivalentMutant[];

  test('given an entry, then its line and its text are in its file', () => {
    const missing = entries.filter(({ file, code, text }) => {
      const source = read(file);
      const hasLine = source.split('\n').some((line) => shorten(line) === code);
      return !hasLine || !source.replaceAll(/\s+/g, ' ').includes(text);
    });
    expect(missing).toEqual([]);
  });

  test('given an entry, then it has a reason, and there is only one of its kind', () => {
    expect(entries.filter(({ reason }) => reason.length < 20)).toEqual([]);
    const keys = entries.map(({ reason: _, ...one }) => JSON.stringify(one));
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([]);
  });
});

describe('compareWithEquivalents', () => {
  const source = 'const a = 1;\nreturn a >\n  2;\n';
  const mutant = (status: string, replacement: string) => ({
    mutatorName: 'EqualityOperator',
    replacement,
    status,
    location: { start: { line: 2, column: 8 }, end: { line: 3, column: 4 } },
  });
  const reportOf = (...mutants: ReturnType<typeof mutant>[]): MutationReport => ({
    files: { 'core/a.ts': { source, mutants } },
  });
  const entry = {
    file: 'core/a.ts',
    mutator: 'EqualityOperator',
    code: 'return a >',
    text: 'a > 2',
    replacement: 'a >= 2',
    reason: 'none',
  };

  test('given killed mutants and survivors, then the score counts all of them', () => {
    const mutants = ['Killed', 'Timeout', 'Survived', 'NoCoverage'].map((status) => mutant(status, 'a >= 2'));
    const ignored = mutant('Ignored', 'a < 2');
    expect(compareWithEquivalents(reportOf(...mutants, ignored), []).total).toEqual({
      folder: 'total',
      mutants: 4,
      killed: 2,
      survived: 2,
      equivalent: 0,
      score: 50,
    });
  });

  test('given an entry for a survivor, then it is explained, and another survivor at its place is not', () => {
    const report = reportOf(mutant('Survived', 'a >= 2'), mutant('Survived', 'a <= 2'));
    const { unexplained, stale, total } = compareWithEquivalents(report, [entry]);
    expect(unexplained).toMatchObject([{ line: 2, text: 'a > 2', replacement: 'a <= 2' }]);
    expect(stale).toEqual([]);
    expect(total).toMatchObject({ equivalent: 1 });
  });

  test('given the same mutant on another line, then an entry does not explain it', () => {
    const elsewhere = { ...entry, code: 'const b = a >' };
    expect(compareWithEquivalents(reportOf(mutant('Survived', 'a >= 2')), [elsewhere])).toMatchObject({
      unexplained: [{ line: 2 }],
      stale: [elsewhere],
    });
  });

  test('given an entry whose mutant is killed, then it is stale, unless its file was not mutated', () => {
    const other = { ...entry, file: 'core/b.ts' };
    expect(compareWithEquivalents(reportOf(mutant('Killed', 'a >= 2')), [entry, other]).stale).toEqual([entry]);
  });
});

test('given code of several lines, then `shorten` makes one line of limited length', () => {
  expect(shorten(`  a\n   b ${'c'.repeat(200)}`)).toBe(`a b ${'c'.repeat(116)}`);
});
