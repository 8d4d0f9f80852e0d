// Checks that the catalog and the tests list the same scenarios.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CATALOG, type CatalogEntry } from './catalog';

/** Differences between a catalog and the sources of the test files. */
function findings(catalog: readonly CatalogEntry[], sources: readonly string[]): string[] {
  const tested = sources.flatMap((source) => [...source.matchAll(/^scenario\(\s*'([^']+)'/gm)].map(([, id]) => id!));
  const duplicates = (ids: readonly string[]): string[] => ids.filter((id, i) => ids.indexOf(id) !== i);
  const ids = catalog.map(({ id }) => id);
  return [
    ...duplicates(ids).map((id) => `${id} is in the catalog twice`),
    ...duplicates(tested).map((id) => `${id} has two tests`),
    ...tested.filter((id) => !ids.some((one) => one === id)).map((id) => `${id} has a test, but is not in the catalog`),
    ...catalog.flatMap(({ id, status, why }) => {
      const hasTest = tested.includes(id);
      if (status === 'pass') return hasTest ? [] : [`${id} passes by the catalog, but has no test`];
      return [
        ...(hasTest ? [`${id} does not apply by the catalog, but has a test`] : []),
        ...(why?.trim() ? [] : [`${id} does not apply by the catalog, without a reason`]),
      ];
    }),
    ...sources.flatMap((source) =>
      [...source.matchAll(/\b(?:test|it|describe|scenario)(?:\.\w+)+\(|^\s*(?:x?test|x?it)\(/gm)].map(
        ([text]) => `${text.trim()} is not a plain scenario`,
      ),
    ),
  ];
}

test('the catalog and the tests list the same scenarios', () => {
  const files = readdirSync(__dirname).filter(
    (file) => file.endsWith('.test.ts') && file !== path.basename(__filename),
  );
  const sources = files.map((file) => readFileSync(path.join(__dirname, file), 'utf8'));
  expect(files.length).toBeGreaterThan(0);
  expect(findings(CATALOG, sources)).toEqual([]);
});

test.each<[what: string, catalog: CatalogEntry[], source: string, finding: string]>([
  ['no test', [entry('pass')], '', 'ably/x passes by the catalog, but has no test'],
  [
    'a test that is commented out',
    [entry('pass')],
    "// scenario('ably/x',",
    'ably/x passes by the catalog, but has no test',
  ],
  ['a test without an entry', [], "scenario('ably/x',", 'ably/x has a test, but is not in the catalog'],
  ['an entry twice', [entry('pass'), entry('pass')], "scenario('ably/x',", 'ably/x is in the catalog twice'],
  ['a test twice', [entry('pass')], "scenario('ably/x',\nscenario(\n  'ably/x',", 'ably/x has two tests'],
  [
    'stale',
    [entry('not-applicable', 'so')],
    "scenario('ably/x',",
    'ably/x does not apply by the catalog, but has a test',
  ],
  ['no reason', [entry('not-applicable')], '', 'ably/x does not apply by the catalog, without a reason'],
  ['an empty reason', [entry('not-applicable', ' ')], '', 'ably/x does not apply by the catalog, without a reason'],
  ['skipped', [], "test.skip('ably/x',", 'test.skip( is not a plain scenario'],
  ['not a scenario', [], "test('ably/x',", 'test( is not a plain scenario'],
])('given %s, then the gate reports it', (_, catalog, source, finding) => {
  expect(findings(catalog, [source])).toEqual([finding]);
});

function entry(status: CatalogEntry['status'], why?: string): CatalogEntry {
  return { id: 'ably/x', asserts: 'something', status, why };
}
