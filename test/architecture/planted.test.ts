// The bugs that are planted to show that a check can fail: each must still fit the code, or it plants nothing.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from '../support/root';

interface Planted {
  readonly id: string;
  readonly file: string;
  readonly find: string;
}

test.each(['test/simulation/planted-bugs.json', 'test/mutants/mutants.json'])(
  '%s: each text stands exactly once in its file',
  (list) => {
    const planted = JSON.parse(readFileSync(path.join(root, list), 'utf8')) as Planted[];
    const times = planted.map(({ id, file, find }) => [
      id,
      readFileSync(path.join(root, file), 'utf8').split(find).length - 1,
    ]);
    expect(times).toEqual(planted.map(({ id }) => [id, 1]));
  },
);
