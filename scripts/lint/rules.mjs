// The rule sets of this project, split between two linters: oxlint runs every rule that it implements, because it takes
// seconds where ESLint takes minutes; ESLint runs the rest.
import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Rules of the sets below that oxlint does not implement. */
const ESLINT_ONLY = ['no-dupe-args', 'no-octal', '@typescript-eslint/no-unsafe-class-instance-assignment'];

const forJavaScript = js.configs.recommended.rules;
/** Later sets win: those of typescript-eslint turn off the rules that the compiler covers. */
const forTypeScript = Object.assign({}, forJavaScript, ...tseslint.configs.strictTypeChecked.map(({ rules }) => rules));

const isForEslint = (name) => ESLINT_ONLY.includes(name);
const take = (rules, isTaken) => {
  const isOn = (options) => ![options].flat().includes('off');
  return Object.fromEntries(Object.entries(rules).filter(([name, options]) => isOn(options) && isTaken(name)));
};

const forOxlint = (rules) =>
  Object.fromEntries(
    Object.entries(take(rules, (name) => !isForEslint(name))).map(([name, options]) => [
      name.replace('@typescript-eslint/', 'typescript/'),
      options,
    ]),
  );

export const eslintRules = {
  forJavaScript: take(forJavaScript, isForEslint),
  forTypeScript: take(forTypeScript, isForEslint),
};
export const oxlintRules = { forJavaScript: forOxlint(forJavaScript), forTypeScript: forOxlint(forTypeScript) };

/** Files of no interest to either linter. */
export const IGNORED = [
  '**/node_modules/',
  '**/dist/',
  'assets/',
  '.stryker-tmp/',
  '**/cdk.out/',
  '**/*.generated.ts',
  // A project of its own, with packages of its own.
  'examples/quick-start/',
];
