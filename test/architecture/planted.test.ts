// The lists of planted defects: each must fit the code and the tests, or it no longer proves that a check can fail.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { root } from '../support/root';

interface Defect {
  readonly id: string;
  readonly file: string;
  readonly find: string;
}

interface Mutant extends Defect {
  /** The test file that must fail. */
  readonly test: string;
  /** A regular expression of the title of the test that must fail. */
  readonly name: string;
}

const SIMULATION = 'test/simulation/planted-bugs.json';
const MUTANTS = 'test/mutants/mutants.json';

const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** Titles of the tests and describes of a file. Placeholders of `test.each` are filled with every text and key of the file. */
function titlesOf(file: string): readonly string[] {
  const titles: string[] = [];
  const words = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node)) words.add(node.text);
    if (ts.isPropertyAssignment(node)) words.add(node.name.getText());
    if (ts.isCallExpression(node) && /^(?:test|it|describe)\b/.test(node.expression.getText())) {
      const [title] = node.arguments;
      if (title !== undefined && ts.isStringLiteralLike(title)) titles.push(title.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true));
  return titles.flatMap((title) =>
    title.includes('%s') ? [...words].map((word) => title.replaceAll('%s', word)) : [title],
  );
}

describe.each([SIMULATION, MUTANTS])('%s', (list) => {
  test('given a defect, then the text that it replaces occurs exactly once in its file', () => {
    const defects = JSON.parse(read(list)) as readonly Defect[];
    const occurrences = defects.map(({ id, file, find }) => [id, read(file).split(find).length - 1]);
    expect(occurrences).toEqual(defects.map(({ id }) => [id, 1]));
  });
});

describe(MUTANTS, () => {
  test('given a mutant, then its `name` matches a test title in its `test` file', () => {
    const mutants = JSON.parse(read(MUTANTS)) as readonly Mutant[];
    const unmatched = mutants.filter(
      (mutant) => !titlesOf(mutant.test).some((title) => new RegExp(mutant.name).test(title)),
    );
    expect(unmatched.map(({ id, test, name }) => `${id}: no title of ${test} matches ${name}`)).toEqual([]);
  });
});
