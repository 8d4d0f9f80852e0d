// Holds the catalog and the tests together: neither may claim what the other does not have.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { CATALOG, type CatalogEntry } from './catalog';

/** What is wrong with a catalog, given the sources of the test files. */
function findings(catalog: readonly CatalogEntry[], sources: readonly string[]): string[] {
  const tested = sources.flatMap((source) => [...source.matchAll(/^scenario\(\s*'([^']+)'/gm)].map(([, id]) => id!));
  const twice = (ids: readonly string[]): string[] => ids.filter((id, i) => ids.indexOf(id) !== i);
  const ids = catalog.map(({ id }) => id);
  return [
    ...twice(ids).map((id) => `${id} stands in the catalog twice`),
    ...twice(tested).map((id) => `${id} has two tests`),
    ...tested.filter((id) => !ids.some((one) => one === id)).map((id) => `${id} has a test, and is not in the catalog`),
    ...catalog.flatMap(({ id, status, why }) => {
      const hasTest = tested.includes(id);
      if (status === 'pass') return hasTest ? [] : [`${id} is said to pass, and has no test`];
      return [
        ...(hasTest ? [`${id} is said not to apply, and has a test`] : []),
        ...(why?.trim() ? [] : [`${id} is said not to apply, and not why`]),
      ];
    }),
    ...sources.flatMap((source) =>
      [...source.matchAll(/\b(?:test|it|describe|scenario)(?:\.\w+)+\(|^\s*(?:x?test|x?it)\(/gm)].map(
        ([text]) => `${text.trim()} runs, or leaves out, what is no scenario`,
      ),
    ),
  ];
}

test('the catalog and the tests are of one mind', () => {
  const files = readdirSync(__dirname).filter(
    (file) => file.endsWith('.test.ts') && file !== path.basename(__filename),
  );
  const sources = files.map((file) => readFileSync(path.join(__dirname, file), 'utf8'));
  expect(files.length).toBeGreaterThan(0);
  expect(findings(CATALOG, sources)).toEqual([]);
});

test.each<[what: string, catalog: CatalogEntry[], source: string, finding: string]>([
  ['no test', [entry('pass')], '', 'ably/x is said to pass, and has no test'],
  ['a test that is commented out', [entry('pass')], "// scenario('ably/x',", 'ably/x is said to pass, and has no test'],
  ['a test without an entry', [], "scenario('ably/x',", 'ably/x has a test, and is not in the catalog'],
  ['an entry twice', [entry('pass'), entry('pass')], "scenario('ably/x',", 'ably/x stands in the catalog twice'],
  ['a test twice', [entry('pass')], "scenario('ably/x',\nscenario(\n  'ably/x',", 'ably/x has two tests'],
  ['stale', [entry('not-applicable', 'so')], "scenario('ably/x',", 'ably/x is said not to apply, and has a test'],
  ['no reason', [entry('not-applicable')], '', 'ably/x is said not to apply, and not why'],
  ['an empty reason', [entry('not-applicable', ' ')], '', 'ably/x is said not to apply, and not why'],
  ['skipped', [], "test.skip('ably/x',", 'test.skip( runs, or leaves out, what is no scenario'],
  ['not a scenario', [], "test('ably/x',", 'test( runs, or leaves out, what is no scenario'],
])('the gate finds: %s', (_, catalog, source, finding) => {
  expect(findings(catalog, [source])).toEqual([finding]);
});

function entry(status: CatalogEntry['status'], why?: string): CatalogEntry {
  return { id: 'ably/x', asserts: 'something', status, ...(why === undefined ? {} : { why }) };
}
