// Puts every defect of test/mutants/mutants.json back, one at a time, and shows that its test goes red.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { mutants } from '../test/mutants/mutants.mjs';
import { buildAssets } from './assets.mjs';
import { root } from './setup.mjs';

const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js');
let missed = 0;
for (const { id, test, name, why } of mutants) {
  const args = [jest, test, '--testNamePattern', name, '--silent'];
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    env: { ...process.env, MUTANT: id },
    encoding: 'utf8',
  });
  // Red by an assertion of the named test: not by a file that does not compile, nor by a name that matches nothing.
  const caught = status !== 0 && /Tests: +[1-9]\d* failed/.test(stderr);
  if (!caught) missed += 1;
  console.log(`${caught ? 'caught' : 'MISSED'} ${id}: ${why}`);
  if (!caught) console.log(stderr);
}
// The last one left its bundle behind.
await buildAssets();
console.log(`${mutants.length - missed} of ${mutants.length} caught`);
process.exit(missed === 0 ? 0 : 1);
