import { COORDINATES, distance } from '../../../../local/services/route53';

test('distances match great-circle distances', () => {
  expect(distance('eu-west-1', 'us-east-1')).toBeCloseTo(5_440, -2);
  expect(distance('eu-west-1', 'eu-central-1')).toBeCloseTo(1_090, -2);
  // Across the date line.
  expect(distance('ap-northeast-1', 'us-west-2')).toBeCloseTo(7_900, -3);
});

test('distances are symmetric, zero within a region, and infinite for an unknown region', () => {
  const regions = Object.keys(COORDINATES);
  for (const one of regions)
    for (const other of regions) expect(distance(one, other)).toBeCloseTo(distance(other, one), 6);
  expect(distance('eu-west-1', 'eu-west-1')).toBe(0);
  expect(distance('eu-west-1', 'moon-1')).toBe(Infinity);
});
