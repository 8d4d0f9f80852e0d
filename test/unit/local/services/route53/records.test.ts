// Choice among the records of a name.
import { ALIAS_TTL, type DnsRecord, Records } from '../../../../../local/services/route53/records';

const ALL_HEALTHY = (): boolean => true;

type Given = Partial<DnsRecord> & { readonly name: string };

function recordsOf(...records: readonly Given[]): Records {
  const all = new Records();
  for (const one of records) all.add({ type: 'A', values: one.alias === undefined ? ['192.0.2.1'] : [], ...one });
  return all;
}

function alias(name: string, to: string, rest: Partial<DnsRecord> = {}): Given {
  return { name, alias: { name: to, evaluatesTargetHealth: false }, ...rest };
}

/** Three latency records of one name, each with a health check of the region's name. */
const LATENCY = ['eu-west-1', 'us-east-1', 'ap-southeast-2'].map((region) => ({
  name: 'ws.example.com',
  region,
  setIdentifier: region,
  healthCheckId: region,
  values: [region],
}));

test('given a simple record, then its addresses and TTL are returned', () => {
  const records = recordsOf({ name: 'a.example.com', ttl: 300, values: ['192.0.2.1', '192.0.2.2'] });
  expect(records.resolve('A.Example.COM.', 'A', 'eu-west-1', ALL_HEALTHY)).toEqual({
    chain: ['a.example.com'],
    addresses: ['192.0.2.1', '192.0.2.2'],
    ttl: 300,
    healthy: true,
  });
  expect(records.resolve('a.example.com', 'AAAA', 'eu-west-1', ALL_HEALTHY)).toBeUndefined();
  expect(records.resolve('b.example.com', 'A', 'eu-west-1', ALL_HEALTHY)).toBeUndefined();
  expect(records.names).toEqual(['a.example.com']);
});

test('given an alias of an API Gateway name, then its region is returned', () => {
  const regional = 'd-abc123.execute-api.sa-east-1.amazonaws.com';
  const records = recordsOf(alias('ws.example.com', 'ws-sa.example.com'), alias('ws-sa.example.com', regional));
  expect(records.resolve('ws.example.com', 'A', 'eu-west-1', ALL_HEALTHY)).toEqual({
    chain: ['ws.example.com', 'ws-sa.example.com', regional],
    addresses: [],
    region: 'sa-east-1',
    ttl: ALIAS_TTL,
    healthy: true,
  });
});

test('given an alias of another record, then the TTL and type of the target apply', () => {
  const records = recordsOf(
    alias('ws.example.com', 'a.example.com'),
    { name: 'a.example.com', ttl: 7 },
    { name: 'a.example.com', type: 'AAAA', values: ['2001:db8::1'] },
    alias('ws.example.com', 'a.example.com', { type: 'AAAA' }),
  );
  expect(records.resolve('ws.example.com', 'A', 'eu-west-1', ALL_HEALTHY)).toMatchObject({ ttl: 7 });
  expect(records.resolve('ws.example.com', 'AAAA', 'eu-west-1', ALL_HEALTHY)?.addresses).toEqual(['2001:db8::1']);
});

test('given a circular or dangling alias, then there is no answer', () => {
  const records = recordsOf(
    alias('a.example.com', 'b.example.com'),
    alias('b.example.com', 'a.example.com'),
    alias('c.example.com', 'nothing.example.com'),
  );
  expect(records.resolve('a.example.com', 'A', 'eu-west-1', ALL_HEALTHY)).toBeUndefined();
  expect(records.resolve('c.example.com', 'A', 'eu-west-1', ALL_HEALTHY)).toBeUndefined();
});

describe('latency records', () => {
  const records = recordsOf(...LATENCY);
  const answer = (location: string, ...unhealthy: readonly string[]): unknown[] => {
    const { addresses, healthy } = records.resolve('ws.example.com', 'A', location, (id) => !unhealthy.includes(id))!;
    return [...addresses, healthy];
  };

  test('when all are healthy, then the nearest region answers', () => {
    expect(answer('eu-central-1')).toEqual(['eu-west-1', true]);
    expect(answer('sa-east-1')).toEqual(['us-east-1', true]);
    expect(answer('ap-northeast-1')).toEqual(['ap-southeast-2', true]);
  });

  test('when the nearest is unhealthy, then the nearest healthy region answers', () => {
    expect(answer('eu-central-1', 'eu-west-1')).toEqual(['us-east-1', true]);
    expect(answer('eu-central-1', 'eu-west-1', 'us-east-1')).toEqual(['ap-southeast-2', true]);
  });

  test('when none is healthy, then all count as healthy', () => {
    expect(answer('eu-central-1', 'eu-west-1', 'us-east-1', 'ap-southeast-2')).toEqual(['eu-west-1', false]);
  });

  test('given a record without a health check, then it is healthy', () => {
    const [eu, us] = LATENCY;
    const { healthCheckId: _, ...unchecked } = us!;
    const two = recordsOf(eu!, unchecked);
    expect(two.resolve('ws.example.com', 'A', 'eu-west-1', () => false)).toMatchObject({ addresses: ['us-east-1'] });
  });

  test('given a region without coordinates, then it is the farthest', () => {
    const two = recordsOf({ ...LATENCY[0]!, region: 'moon-1', setIdentifier: 'moon', values: ['moon'] }, LATENCY[2]!);
    expect(two.resolve('ws.example.com', 'A', 'eu-west-1', ALL_HEALTHY)?.addresses).toEqual(['ap-southeast-2']);
  });

  test('given EvaluateTargetHealth, then an alias has the health of its target', () => {
    const of = (region: string, evaluatesTargetHealth: boolean): Given => ({
      name: 'ws.example.com',
      region,
      setIdentifier: region,
      alias: { name: `ws-${region}.example.com`, evaluatesTargetHealth },
    });
    const target = (region: string): Given => ({
      name: `ws-${region}.example.com`,
      healthCheckId: region,
      values: [region],
    });
    const regions = ['eu-west-1', 'us-east-1'];
    const resolved = (evaluates: boolean): unknown =>
      recordsOf(...regions.map((one) => of(one, evaluates)), ...regions.map(target)).resolve(
        ...(['ws.example.com', 'A', 'eu-west-1', (id: string) => id !== 'eu-west-1'] as const),
      );
    expect(resolved(true)).toMatchObject({ addresses: ['us-east-1'], healthy: true });
    // The target is the only record of its group, so it counts as healthy.
    expect(resolved(false)).toMatchObject({ addresses: ['eu-west-1'], healthy: false });
  });
});

test('when a record conflicts with another, then it is rejected', () => {
  const [eu, us] = LATENCY;
  expect(() => recordsOf(eu!, us!)).not.toThrow();
  expect(() => recordsOf(eu!, eu!)).toThrow('the record A ws.example.com conflicts with an existing one');
  expect(() => recordsOf(eu!, { name: 'ws.example.com' })).toThrow('conflicts');
  expect(() => recordsOf({ name: 'ws.example.com' }, { name: 'ws.example.com' })).toThrow('conflicts');
  expect(() => recordsOf({ name: 'ws.example.com' }, { name: 'ws.example.com', type: 'AAAA' })).not.toThrow();
});
