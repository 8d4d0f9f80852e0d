import { handleGroups } from '../../../../lambda/core/partial-batch';

test('given records of two groups, when a group fails, then its records are returned and the order within groups is kept', async () => {
  const seen: string[] = [];
  const failed = await handleGroups(
    ['a1', 'b1', 'a2', 'b2'],
    (record) => record[0],
    (group) => {
      seen.push(group.join());
      return Promise.resolve(group[0] === 'b1' ? group : []);
    },
  );
  expect([seen, failed]).toEqual([
    ['a1,a2', 'b1,b2'],
    ['b1', 'b2'],
  ]);
});

test('given records without a group, when they are handled, then they are one group', async () => {
  const groups: number[] = [];
  await handleGroups(
    [1, 2],
    () => undefined,
    (group) => {
      groups.push(group.length);
      return Promise.resolve([]);
    },
  );
  expect(groups).toEqual([2]);
});
