// `drain` and `return`: the drain mark, the connections that move, and the output.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { DNS_TIME, moveAway, type Moving } from '../../../cli/network/move-connections';
import type { MoveAnswer } from '../../../lib/contract/drain-function';
import { builtCli } from '../../support/built';
import { emptyFolder, errorOf, type Result, run, writeDevFile } from '../../support/local/cli';
import { FakeAws } from '../../support/memory/fake-aws';

const REGIONS = ['eu-west-1', 'us-east-1', 'ap-south-1'];
const LOAD = { connections: 50, within: 60_000, problem: undefined };
const KEYS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };

let aws: FakeAws;
beforeAll(() => {
  builtCli();
}, 60_000);
beforeEach(async () => {
  aws = new FakeAws('chat');
  await aws.start();
});
afterEach(() => aws.stop());

/** Runs a command where a local cloud of that network seems to run; `drain` without waiting. */
function locally(...args: string[]): Promise<Result> {
  return run(args[0] === 'drain' ? [...args, '--once'] : args, { folder: folderOf('rt.example') });
}
/** A folder where a local cloud of that network seems to run. */
function folderOf(domain: string | undefined): string {
  const folder = emptyFolder();
  const network = { name: 'chat', regions: REGIONS, channelsTable: aws.channelsTable };
  const shared = { ws: 'ws://x', http: 'http://x', aws: aws.url, network, domain };
  writeDevFile(
    folder,
    JSON.stringify({ pid: 1, page: 'http://x/', regions: REGIONS.map((region) => ({ region, ...shared })) }),
  );
  return folder;
}
/** Runs a command for a network in AWS. */
function inAws(...args: string[]): Promise<Result> {
  return run(args, { env: { ...KEYS, AWS_ENDPOINT_URL: aws.url } });
}
const line = ({ stdout }: Result): any => JSON.parse(stdout);

describe('drain', () => {
  test('when a region is drained, then another region gets the mark, connections move page by page, and the undo command is printed', async () => {
    aws.counts = [{ connections: 70_000, within: 123_000 }];
    aws.pages = [
      { moved: 40_000, gone: 1, failed: 0 },
      { moved: 29_000, gone: 10, failed: 7 },
    ];
    const { code, stdout } = await locally('drain', 'eu-west-1', '--yes');
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
    await locally('drain', 'eu-west-1', '--yes');
    const order = aws.calls.map(({ operation, body }) => (body.count === true ? 'count' : operation));
    expect(order).toEqual(['Query', 'count', 'PutItem', 'Query', 'Query', 'Query', 'Invoke']);
  });

  test('given --json, then one line is printed', async () => {
    const before = Date.now();
    const result = await locally('drain', 'eu-west-1', '--yes', '--json');
    expect(line(result)).toEqual({
      ...{ network: 'chat', region: 'eu-west-1', via: 'us-east-1', since: aws.marks.get('eu-west-1') },
      ...{ connections: 3, within: 10_000, moved: 3, gone: 0, failed: 0, isEmpty: false },
      undo: 'npx cdk-realtime return eu-west-1',
    });
    expect(aws.marks.get('eu-west-1')).toBeGreaterThanOrEqual(before);
  });

  test('given --within, then connections move within that time', async () => {
    expect(line(await locally('drain', 'eu-west-1', '--yes', '--json', '--within', '5m')).within).toBe(300_000);
    expect(aws.of('Invoke').at(-1)!.body.within).toBe(300_000);
  });

  test('given a large region, then it is counted in several requests', async () => {
    const parts = { connections: 400_000, within: 1_143_000 };
    aws.counts = [parts, parts, { connections: 1, within: 10_000 }];
    const result = line(await locally('drain', 'eu-west-1', '--yes', '--json'));
    expect(result).toMatchObject({ connections: 800_001, within: 2_296_000, moved: 3 });
    const events = aws.of('Invoke').map(({ body }) => body);
    expect(events.slice(0, 3)).toEqual([{ count: true }, { count: true, next: '1' }, { count: true, next: '2' }]);
  });

  test('when a region cannot be counted, then its connections move all the same, in a long time', async () => {
    aws.counts = [{ errorMessage: 'throttled' }];
    const { code, stdout } = await locally('drain', 'eu-west-1', '--yes');
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
    const { code, stdout } = await locally('drain', 'eu-west-1', '--yes');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /eu-west-1 is drained\. It does not answer \(eu-west-1 is down\)\. Its clients reconnect to other regions .*\nTo undo/,
    );
    expect([...aws.marks.keys()]).toEqual(['eu-west-1']);
  });

  test('when a region stops answering, then the mark remains, and the command can be run again', async () => {
    aws.pages = [{ moved: 2, gone: 0, failed: 0 }, { errorMessage: 'timed out' }];
    const first = await locally('drain', 'eu-west-1', '--yes');
    expect(first.stdout).toMatch(
      /The region stopped answering \(.*chat-drain failed: .*timed out.*\)\. Run this again/,
    );
    const since = aws.marks.get('eu-west-1');
    aws.pages = [{ moved: 3, gone: 0, failed: 0 }];
    const second = await locally('drain', 'eu-west-1', '--yes');
    expect(second.stdout).toContain(`eu-west-1 of chat is drained since ${new Date(since!).toISOString()}.`);
    expect(second.stdout).toContain('3 connections were asked to move');
    const third = await locally('drain', 'eu-west-1', '--yes', '--json');
    expect([line(third).since, aws.marks.get('eu-west-1'), aws.of('PutItem').length]).toEqual([since, since, 1]);
  });

  test('given no terminal, then --yes is needed, and nothing is changed', async () => {
    const result = await locally('drain', 'eu-west-1');
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining('--yes is needed')]);
    expect(errorOf(await locally('drain', 'eu-west-1', '--json')).message).toContain('--yes is needed');
    expect(aws.of('PutItem')).toEqual([]);
  });
});

describe('the passes of drain', () => {
  /** Passes one after the other, on a clock that only waiting moves. */
  async function passes(pages: readonly Partial<MoveAnswer>[], moving: Partial<Moving> = {}) {
    const said: string[] = [];
    const events: (string | number)[] = [];
    let now = 1_000_000;
    const control = {
      count: (region: string) => {
        events.push(`count ${region}`);
        return Promise.resolve({ connections: 1, within: 20_000 });
      },
      move: (_: string, within: number) => {
        events.push(within);
        const page = pages[events.filter((one) => typeof one === 'number').length - 1];
        if (page === undefined) return Promise.reject(new Error('it went down'));
        return Promise.resolve({ moved: 0, gone: 0, failed: 0, ...page });
      },
    };
    const wait = (time: number): Promise<void> => {
      events.push(`wait ${time}`);
      now += time;
      return Promise.resolve();
    };
    const outcome = await moveAway(
      { control, print: (text) => said.push(text), now: () => now, wait },
      {
        ...{ region: 'eu-west-1', since: now, fixedWithin: undefined, isRepeated: true },
        load: LOAD,
        ...moving,
      },
    );
    return { outcome, events, said };
  }

  test('each pass waits until the connections before have moved and DNS has changed, until the region is empty', async () => {
    const { outcome, events, said } = await passes([{ moved: 50, failed: 2 }, { moved: 3, gone: 1 }, {}]);
    expect(events).toEqual([
      ...[60_000, 'wait 150000', 'count eu-west-1'],
      ...[20_000, 'wait 110000', 'count eu-west-1'],
      20_000,
    ]);
    expect(outcome).toEqual({ moved: 53, gone: 1, failed: 0, problem: undefined, isEmpty: true });
    expect(said).toEqual([
      '  asked 50 to move',
      '  next pass in 150 s, for clients that connect until then (Ctrl-C stops; the region stays drained)',
      '  asked 3 to move',
      '  next pass in 110 s, for clients that connect until then (Ctrl-C stops; the region stays drained)',
      '  asked 0 to move',
    ]);
  });

  test('given an empty region, then a second pass follows after DNS has changed', async () => {
    const { outcome, events } = await passes([{}, {}]);
    expect([outcome.isEmpty, events.at(1)]).toEqual([true, 'wait 150000']);
    const drainedBefore = await passes([{}], { since: 1_000_000 - DNS_TIME });
    expect([drainedBefore.outcome.isEmpty, drainedBefore.events]).toEqual([true, [60_000]]);
  });

  test('given a fixed time, then every pass uses it', async () => {
    const { events } = await passes([{ moved: 1 }, {}], { fixedWithin: 30_000, load: { ...LOAD, within: 30_000 } });
    expect(events).toEqual([30_000, 'wait 120000', 'count eu-west-1', 30_000]);
  });

  test('when connections could not be reached, then the region is not empty', async () => {
    expect((await passes([{}, { failed: 1 }, { moved: 1 }, {}])).outcome).toMatchObject({ moved: 1, isEmpty: true });
  });

  test('passes end after ten, or when the region stops answering', async () => {
    const { outcome, events } = await passes(Array(20).fill({ moved: 1 }));
    expect([outcome.moved, outcome.isEmpty, events.at(-1)]).toEqual([10, false, 20_000]);
    const broken = await passes([{ moved: 1 }]);
    expect(broken.outcome).toMatchObject({ moved: 1, isEmpty: false, problem: 'it went down' });
  });

  test('given an empty region that was drained long ago, then the command ends after one pass', async () => {
    aws.marks.set('eu-west-1', 1);
    aws.pages = [{ moved: 0, gone: 2, failed: 0 }];
    const { stdout } = await run(['drain', 'eu-west-1', '--yes'], { folder: folderOf('rt.example') });
    expect(stdout).toContain(
      '0 connections were asked to move, 2 were already closed.\nThe region has no connections any more.\n',
    );
  });

  test('given a network without a domain, then there is one pass, and no redirection is promised', async () => {
    const { stdout } = await run(['drain', 'eu-west-1', '--yes'], { folder: folderOf(undefined) });
    expect(stdout).toContain('New connections are not redirected, because the network has no domain.\n');
    expect(stdout).toContain(
      'Clients with its address still connect. Remove the address from them, then run this again.\n',
    );
    expect(stdout).not.toContain('go to');
  });

  test('given a network by name only, then the output depends on whether it has a domain', async () => {
    const network = ['--network', 'chat', '--regions', 'eu-west-1,us-east-1'];
    const { stdout } = await inAws('drain', 'eu-west-1', ...network, '--yes', '--once');
    expect(stdout).toContain('New connections go to us-east-1, if the network has a domain.\n');
  });
});

describe('when no other region is in service', () => {
  test('then the error is 60010 region_last, and nothing is changed', async () => {
    aws.marks.set('us-east-1', 1).set('ap-south-1', 2);
    const result = await locally('drain', 'eu-west-1', '--yes', '--json');
    expect([result.code, errorOf(result)]).toMatchObject([1, { code: 60_010, name: 'region_last' }]);
    expect(aws.of('PutItem')).toEqual([]);
  });

  test('then marks of regions outside the network have no effect', async () => {
    aws.marks.set('sa-east-1', 1).set('us-east-1', 1);
    expect(line(await locally('drain', 'eu-west-1', '--yes', '--json')).via).toBe('ap-south-1');
  });

  test('given marks in another replica, then the new mark is removed again', async () => {
    aws.marks.set('us-east-1', 1);
    aws.onlyIn.set('eu-west-1', new Map([['ap-south-1', 2]]));
    const result = await locally('drain', 'eu-west-1', '--yes', '--json');
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
    expect(line(await locally('drain', 'us-east-1', '--yes', '--json'))).toMatchObject({ since: 2, moved: 3 });
    const result = await locally('drain', 'ap-south-1', '--yes', '--json');
    expect(errorOf(result)).toMatchObject({
      code: 60_010,
      message: expect.stringContaining('Its mark has no effect until another region is returned'),
    });
  });

  test('given a network of one region, then the error is region_last', async () => {
    const result = await inAws('drain', 'eu-west-1', '--network', 'chat', '--regions', 'eu-west-1', '--yes', '--json');
    expect(errorOf(result)).toMatchObject({ code: 60_010 });
  });
});

describe('the region in whose replica the mark is written', () => {
  test('is the first region that answers', async () => {
    aws.down.add('us-east-1');
    expect(line(await locally('drain', 'eu-west-1', '--yes', '--json')).via).toBe('ap-south-1');
  });

  test('is a drained region when no other answers', async () => {
    aws.marks.set('us-east-1', 1);
    aws.down.add('ap-south-1');
    expect(line(await locally('drain', 'eu-west-1', '--yes', '--json')).via).toBe('us-east-1');
  });

  test('is that of --via', async () => {
    expect(line(await locally('drain', 'eu-west-1', '--via', 'ap-south-1', '--yes', '--json')).via).toBe('ap-south-1');
    expect(aws.of('PutItem')).toMatchObject([{ region: 'ap-south-1' }]);
  });

  test('when no region answers, then the error is 60011 aws_call_failed with the reason of each', async () => {
    aws.down.add('us-east-1').add('ap-south-1');
    const result = await locally('drain', 'eu-west-1', '--yes', '--json');
    expect(errorOf(result)).toMatchObject({
      code: 60_011,
      message: expect.stringContaining('us-east-1: us-east-1 is down; ap-south-1: ap-south-1 is down'),
    });
  });
});

describe('return', () => {
  test('when a region is returned, then the mark is replaced in another region', async () => {
    aws.marks.set('eu-west-1', 1);
    const { code, stdout } = await locally('return', 'eu-west-1');
    expect([code, stdout]).toEqual([
      0,
      'eu-west-1 is in service again. Clients return when they reconnect, within two hours.\n',
    ]);
    expect([...aws.marks.keys()]).toEqual([]);
  });

  test('the row that replaces the mark expires after a week, and nothing is deleted', async () => {
    aws.marks.set('eu-west-1', 1);
    const before = Date.now();
    await locally('return', 'eu-west-1');
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
    await locally('return', 'eu-west-1');
    expect(line(await locally('drain', 'eu-west-1', '--yes', '--json')).since).toBe(aws.marks.get('eu-west-1'));
    expect(Object.keys(aws.of('PutItem').at(-1)!.body.Item)).toEqual(['pk', 'sk', 't']);
  });

  test('the replica of the region itself is used when no other answers, or with --via', async () => {
    aws.marks.set('eu-west-1', 1);
    aws.down.add('us-east-1').add('ap-south-1');
    expect(line(await locally('return', 'eu-west-1', '--json'))).toMatchObject({ via: 'eu-west-1', wasDrained: true });
    expect([...aws.marks.keys()]).toEqual([]);
    aws.down.clear();
    const result = await locally('return', 'eu-west-1', '--via', 'eu-west-1', '--json');
    expect(line(result)).toMatchObject({ via: 'eu-west-1' });
  });

  test('given a region that was not drained, then the output says so', async () => {
    const result = await locally('return', 'eu-west-1', '--json');
    expect(line(result)).toEqual({ network: 'chat', region: 'eu-west-1', via: 'us-east-1', wasDrained: false });
  });
});

describe('the network', () => {
  const assembly = (...entries: object[]): string => {
    const folder = emptyFolder();
    const metadata = Object.fromEntries(entries.map((network, i) => [`Path${i}`, { network }]));
    writeFileSync(path.join(folder, 'a.json'), JSON.stringify({ Metadata: { 'cdk-realtime': metadata } }));
    const artifact = { type: 'aws:cloudformation:stack', properties: { templateFile: 'a.json' } };
    writeFileSync(
      path.join(folder, 'manifest.json'),
      JSON.stringify({ version: '55.0.0', artifacts: { A: artifact } }),
    );
    return folder;
  };
  const chat = { name: 'chat', regions: REGIONS, channelsTable: 'chat-channels' };

  test('given --network and --regions, then the undo command has them too', async () => {
    const network = ['--network', 'chat', '--regions', 'eu-west-1,us-east-1'];
    const result = await inAws('drain', 'us-east-1', ...network, '--yes', '--once', '--json');
    expect(line(result)).toMatchObject({
      ...{ via: 'eu-west-1', moved: 3 },
      undo: 'npx cdk-realtime return us-east-1 --network chat --regions eu-west-1,us-east-1',
    });
  });

  test('given --channels-table, then marks are in that table, and the undo command has it too', async () => {
    aws.channelsTable = 'ours';
    const network = ['--network', 'chat', '--regions', 'eu-west-1,us-east-1'];
    const without = await inAws('drain', 'us-east-1', ...network, '--yes', '--once', '--json');
    expect(errorOf(without)).toMatchObject({ name: 'aws_call_failed' });
    const result = await inAws(
      'drain',
      'us-east-1',
      ...network,
      '--channels-table',
      'ours',
      '--yes',
      '--once',
      '--json',
    );
    expect(line(result).undo).toBe(`npx cdk-realtime return us-east-1 ${network.join(' ')} --channels-table ours`);
    expect([...aws.marks.keys()]).toEqual(['us-east-1']);
    await inAws(...line(result).undo.replace('npx cdk-realtime ', '').split(' '));
    expect([...aws.marks.keys()]).toEqual([]);
  });

  test('the Channels table is known from an assembly or the local cloud', async () => {
    aws.channelsTable = 'ours';
    const brought = assembly({ ...chat, channelsTable: 'ours' });
    await inAws('drain', 'us-east-1', '--assembly', brought, '--yes', '--once');
    await locally('drain', 'eu-west-1', '--yes');
    expect([...aws.marks.keys()]).toEqual(['us-east-1', 'eu-west-1']);
  });

  test('given --channels-table without --regions, then the error is cli_usage', async () => {
    const result = await inAws(
      'return',
      'eu-west-1',
      '--channels-table',
      'ours',
      '--assembly',
      assembly(chat),
      '--json',
    );
    expect(errorOf(result)).toMatchObject({ name: 'cli_usage', message: expect.stringContaining('--regions') });
  });

  test('given --assembly, then the network of the assembly is used in AWS', async () => {
    const result = await inAws('drain', 'us-east-1', '--assembly', assembly(chat, chat), '--yes', '--json');
    expect(line(result)).toMatchObject({ network: 'chat', via: 'eu-west-1', moved: 3 });
  });

  test.each([
    ['no network', [], [], 'has no network of several regions'],
    [
      'several networks, and no choice',
      [chat, { name: 'other', regions: ['a', 'b'] }],
      [],
      'Choose one with --network: chat, other',
    ],
    ['another network than the chosen one', [chat], ['--network', 'nope'], 'has no network nope. It has: chat'],
  ])('given an assembly with %s, then the error is cli_usage', async (_, entries, options, said) => {
    const result = await inAws('drain', 'eu-west-1', '--assembly', assembly(...entries), ...options, '--json');
    expect(errorOf(result)).toMatchObject({ name: 'cli_usage', message: expect.stringContaining(said) });
  });

  test('given a local cloud without a network of several regions, then the error says so', async () => {
    const folder = emptyFolder();
    const regions = [{ region: 'eu-west-1', ws: 'ws://x', http: 'http://x', aws: aws.url }];
    writeDevFile(folder, JSON.stringify({ pid: 1, page: 'http://x/', regions }));
    const result = await run(['drain', 'eu-west-1', '--yes', '--json'], { folder });
    expect(errorOf(result).message).toContain('The local cloud of this folder has no network of several regions');
  });
});
