import { BoundedMap } from '../../../../lambda/core/bounded-map';

function filled(...keys: string[]): BoundedMap<number> {
  const map = new BoundedMap<number>(2);
  for (const [i, key] of keys.entries()) map.set(key, i);
  return map;
}

test('given as many entries as it may have, then all are kept, and one more replaces the one that was set longest ago', () => {
  const map = filled('a', 'b');
  expect([map.get('a'), map.get('b')]).toEqual([0, 1]);
  map.set('c', 2);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 1, 2]);
});

test('when an entry is set again, then it counts as the newest; when it is read, then not', () => {
  const map = filled('a', 'b', 'a');
  map.get('b');
  map.set('c', 3);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([2, undefined, 3]);
});

test('when an entry is deleted, then its place is free', () => {
  const map = filled('a', 'b');
  map.delete('a');
  map.set('c', 2);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 1, 2]);
});
