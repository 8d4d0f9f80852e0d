// Lints snippets as if each were the text of a file of this project. Standard input: {rules, snippets: [{file, code}]};
// standard output: the rules that each snippet breaks. Only rules that need no types, so that nothing is compiled.
// A program of its own: ESLint loads its configuration as a module, and jest's module loader cannot.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ESLint } from 'eslint';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const { rules, snippets } = JSON.parse(readFileSync(0, 'utf8'));
const eslint = new ESLint({
  cwd: root,
  overrideConfig: { files: ['**/*.ts'], languageOptions: { parserOptions: { project: null } } },
  ruleFilter: ({ ruleId }) => rules.includes(ruleId),
});
const results = [];
for (const { file, code } of snippets) {
  const [{ messages }] = await eslint.lintText(code, { filePath: path.join(root, file) });
  results.push(messages.map(({ ruleId, message }) => ruleId ?? message));
}
process.stdout.write(JSON.stringify(results));
