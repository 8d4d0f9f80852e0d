// `drain` and `return`: the drain mark, the connections that move, and the output.
import { builtCli } from '../../support/built';
import { errorOf } from '../../support/local/cli';
import { DrainedNetwork, jsonOf } from '../../support/local/drained-network';

let aws: DrainedNetwork;
beforeAll(() => {
  builtCli();
}, 60_000);
beforeEach(async () => {
  aws = new DrainedNetwork();
  await aws.start();
});
afterEach(() => aws.stop());

describe('drain', () => {
  test('when a region is drained, then another region gets the mark, connections move page by page, and the undo command is printed', async () => {
    aws.counts = [{ connections: 70_000, within: 123_000 }];
    aws.pages = [
      { moved: 40_000, gone: 1, failed: 0 },
      { moved: 29_000, gone: 10, failed: 7 },
    ];
    const { code, stdout } = await aws.locally('drain', 'eu-west-1', '--yes');
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toEqual([
      'Mark eu-west-1 of chat as drained, in us-east-1.',
      'New connections go to us-east-1, ap-south-1.',
      'Move its 70000 connections within 123 s.',
      '  asked 40000 to move',
      '  asked 69000 to move',
      'eu-west-1 is drained: 69000 connections were asked to move, 11 were already closed.',
      '7 could not be reached. They move when API Gateway closes them, within two hours.',
      'DNS returns the region for up to 90 s more. Run this again to move clients that connect until then.',
      'To undo: npx cdk-realtime return eu-west-1',
    ]);
    expect([...aws.marks.keys()]).toEqual(['eu-west-1']);
    expect(aws.of('PutItem')).toMatchObject([{ region: 'us-east-1', body: { Item: { pk: { S: '!drain' } } } }]);
    expect(aws.of('Invoke').map(({ region, body }) => [region, body])).toEqual([
      ['eu-west-1', { count: true }],
      ['eu-west-1', { within: 123_000 }],
      ['eu-west-1', { within: 123_000, next: '1' }],
    ]);
  });

  test('the mark is written before connections move, so that they do not reconnect to the region', async () => {
    await aws.locally('drain', 'eu-west-1', '--yes');
    const order = aws.calls.map(({ operation, body }) => (body.count === true ? 'count' : operation));
    expect(order).toEqual(['Query', 'count', 'PutItem', 'Query', 'Query', 'Query', 'Invoke']);
  });

  test('given --json, then one line is printed', async () => {
    const before = Date.now();
    const result = await aws.locally('drain', 'eu-west-1', '--yes', '--json');
    expect(jsonOf(result)).toEqual({
      network: 'chat',
      region: 'eu-west-1',
      via: 'us-east-1',
      since: aws.marks.get('eu-west-1'),
      connections: 3,
      within: 10_000,
      moved: 3,
      gone: 0,
      failed: 0,
      isEmpty: false,
      undo: 'npx cdk-realtime return eu-west-1',
    });
    expect(aws.marks.get('eu-west-1')).toBeGreaterThanOrEqual(before);
  });

  test('given --within, then connections move within that time', async () => {
    expect(jsonOf(await aws.locally('drain', 'eu-west-1', '--yes', '--json', '--within', '5m')).within).toBe(300_000);
    expect(aws.of('Invoke').at(-1)!.body.within).toBe(300_000);
  });

  test('given a large region, then it is counted in several requests', async () => {
    const parts = { connections: 400_000, within: 1_143_000 };
    aws.counts = [parts, parts, { connections: 1, within: 10_000 }];
    const result = jsonOf(await aws.locally('drain', 'eu-west-1', '--yes', '--json'));
    expect(result).toMatchObject({ connections: 800_001, within: 2_296_000, moved: 3 });
    const events = aws.of('Invoke').map(({ body }) => body);
    expect(events.slice(0, 3)).toEqual([{ count: true }, { count: true, next: '1' }, { count: true, next: '2' }]);
  });

  test('when a region cannot be counted, then its connections move all the same, in a long time', async () => {
    aws.counts = [{ errorMessage: 'throttled' }];
    const { code, stdout } = await aws.locally('drain', 'eu-west-1', '--yes');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /The number of its connections is unknown \(.*throttled.*\)\. Move all of them within 900 s\./,
      ),
    ]);
    expect(stdout).toContain('3 connections were asked to move');
    expect(aws.of('Invoke').at(-1)!.body).toEqual({ within: 900_000 });
  });

  test('when a region does not answer, then it is marked all the same', async () => {
    aws.down.add('eu-west-1');
    const { code, stdout } = await aws.locally('drain', 'eu-west-1', '--yes');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /eu-west-1 is drained\. It does not answer \(eu-west-1 is down\)\. Its clients reconnect to other regions .*\nTo undo/,
    );
    expect([...aws.marks.keys()]).toEqual(['eu-west-1']);
  });

  test('when a region stops answering, then the mark remains, and the command can be run again', async () => {
    aws.pages = [{ moved: 2, gone: 0, failed: 0 }, { errorMessage: 'timed out' }];
    const first = await aws.locally('drain', 'eu-west-1', '--yes');
    expect(first.stdout).toMatch(
      /The region stopped answering \(.*chat-drain failed: .*timed out.*\)\. Run this again/,
    );
    const since = aws.marks.get('eu-west-1');
    aws.pages = [{ moved: 3, gone: 0, failed: 0 }];
    const second = await aws.locally('drain', 'eu-west-1', '--yes');
    expect(second.stdout).toContain(`eu-west-1 of chat is drained since ${new Date(since!).toISOString()}.`);
    expect(second.stdout).toContain('3 connections were asked to move');
    const third = await aws.locally('drain', 'eu-west-1', '--yes', '--json');
    expect([jsonOf(third).since, aws.marks.get('eu-west-1'), aws.of('PutItem').length]).toEqual([since, since, 1]);
  });

  test('given no terminal, then --yes is needed, and nothing is changed', async () => {
    const result = await aws.locally('drain', 'eu-west-1');
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining('--yes is needed')]);
    expect(errorOf(await aws.locally('drain', 'eu-west-1', '--json')).message).toContain('--yes is needed');
    expect(aws.of('PutItem')).toEqual([]);
  });
});

describe('when no other region is in service', () => {
  test('then the error is 60010 region_last, and nothing is changed', async () => {
    aws.marks.set('us-east-1', 1).set('ap-south-1', 2);
    const result = await aws.locally('drain', 'eu-west-1', '--yes', '--json');
    expect([result.code, errorOf(result)]).toMatchObject([1, { code: 60_010, name: 'region_last' }]);
    expect(aws.of('PutItem')).toEqual([]);
  });

  test('then marks of regions outside the network have no effect', async () => {
    aws.marks.set('sa-east-1', 1).set('us-east-1', 1);
    expect(jsonOf(await aws.locally('drain', 'eu-west-1', '--yes', '--json')).via).toBe('ap-south-1');
  });

  test('given marks in another replica, then the new mark is removed again', async () => {
    aws.marks.set('us-east-1', 1);
    aws.onlyIn.set('eu-west-1', new Map([['ap-south-1', 2]]));
    const result = await aws.locally('drain', 'eu-west-1', '--yes', '--json');
    expect(errorOf(result)).toMatchObject({
      code: 60_010,
      message: expect.stringContaining('The mark of eu-west-1 was removed'),
    });
    expect([...aws.marks.keys()]).toEqual(['us-east-1']);
    expect([...aws.returned.keys()]).toEqual(['eu-west-1']);
    expect(aws.of('Invoke')).toMatchObject([{ body: { count: true } }]);
  });

  test('given a mark without effect, then the error says so, and earlier marks remain', async () => {
    aws.marks.set('eu-west-1', 1).set('us-east-1', 2).set('ap-south-1', 3);
    expect(jsonOf(await aws.locally('drain', 'us-east-1', '--yes', '--json'))).toMatchObject({ since: 2, moved: 3 });
    const result = await aws.locally('drain', 'ap-south-1', '--yes', '--json');
    expect(errorOf(result)).toMatchObject({
      code: 60_010,
      message: expect.stringContaining('Its mark has no effect until another region is returned'),
    });
  });

  test('given a network of one region, then the error is region_last', async () => {
    const result = await aws.inAws(
      'drain',
      'eu-west-1',
      '--network',
      'chat',
      '--regions',
      'eu-west-1',
      '--yes',
      '--json',
    );
    expect(errorOf(result)).toMatchObject({ code: 60_010 });
  });
});

describe('the region in whose replica the mark is written', () => {
  test('is the first region that answers', async () => {
    aws.down.add('us-east-1');
    expect(jsonOf(await aws.locally('drain', 'eu-west-1', '--yes', '--json')).via).toBe('ap-south-1');
  });

  test('is a drained region when no other answers', async () => {
    aws.marks.set('us-east-1', 1);
    aws.down.add('ap-south-1');
    expect(jsonOf(await aws.locally('drain', 'eu-west-1', '--yes', '--json')).via).toBe('us-east-1');
  });

  test('is that of --via', async () => {
    expect(jsonOf(await aws.locally('drain', 'eu-west-1', '--via', 'ap-south-1', '--yes', '--json')).via).toBe(
      'ap-south-1',
    );
    expect(aws.of('PutItem')).toMatchObject([{ region: 'ap-south-1' }]);
  });

  test('when no region answers, then the error is 60011 aws_call_failed with the reason of each', async () => {
    aws.down.add('us-east-1').add('ap-south-1');
    const result = await aws.locally('drain', 'eu-west-1', '--yes', '--json');
    expect(errorOf(result)).toMatchObject({
      code: 60_011,
      message: expect.stringContaining('us-east-1: us-east-1 is down; ap-south-1: ap-south-1 is down'),
    });
  });
});

describe('return', () => {
  test('when a region is returned, then the mark is replaced in another region', async () => {
    aws.marks.set('eu-west-1', 1);
    const { code, stdout } = await aws.locally('return', 'eu-west-1');
    expect([code, stdout]).toEqual([
      0,
      'eu-west-1 is in service again. Clients return when they reconnect, within two hours.\n',
    ]);
    expect([...aws.marks.keys()]).toEqual([]);
  });

  test('the row that replaces the mark expires after a week, and nothing is deleted', async () => {
    aws.marks.set('eu-west-1', 1);
    const before = Date.now();
    await aws.locally('return', 'eu-west-1');
    expect(aws.of('DeleteItem')).toEqual([]);
    expect(aws.of('PutItem')).toMatchObject([{ region: 'us-east-1' }]);
    const { pk, sk, t, r, x, ...rest } = aws.of('PutItem')[0]!.body.Item;
    expect([pk, sk, r, rest]).toEqual([{ S: '!drain' }, { S: 'eu-west-1' }, { N: '1' }, {}]);
    expect(Number(t.N)).toBeGreaterThanOrEqual(before);
    expect(Number(x.N) - Number(t.N) / 1000).toBeGreaterThanOrEqual(7 * 86_400);
    expect(Number(x.N) - Number(t.N) / 1000).toBeLessThan(7 * 86_400 + 1);
  });

  test('when the region is drained again, then it gets a new mark', async () => {
    aws.marks.set('eu-west-1', 1);
    await aws.locally('return', 'eu-west-1');
    expect(jsonOf(await aws.locally('drain', 'eu-west-1', '--yes', '--json')).since).toBe(aws.marks.get('eu-west-1'));
    expect(Object.keys(aws.of('PutItem').at(-1)!.body.Item)).toEqual(['pk', 'sk', 't']);
  });

  test('the replica of the region itself is used when no other answers, or with --via', async () => {
    aws.marks.set('eu-west-1', 1);
    aws.down.add('us-east-1').add('ap-south-1');
    expect(jsonOf(await aws.locally('return', 'eu-west-1', '--json'))).toMatchObject({
      via: 'eu-west-1',
      wasDrained: true,
    });
    expect([...aws.marks.keys()]).toEqual([]);
    aws.down.clear();
    const result = await aws.locally('return', 'eu-west-1', '--via', 'eu-west-1', '--json');
    expect(jsonOf(result)).toMatchObject({ via: 'eu-west-1' });
  });

  test('given a region that was not drained, then the output says so', async () => {
    const result = await aws.locally('return', 'eu-west-1', '--json');
    expect(jsonOf(result)).toEqual({ network: 'chat', region: 'eu-west-1', via: 'us-east-1', wasDrained: false });
  });
});
