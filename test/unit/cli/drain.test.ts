// `drain` and `return`: the mark, the connections that are told, and what is said of it.
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
  test('marks the region in another, tells its connections page by page, and says how to undo it', async () => {
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
      'Tell its 70000 connections to move within 123 s.',
      '  told 40000',
      '  told 69000',
      'eu-west-1 is drained: 69000 connections told to move, 11 were gone already.',
      '7 could not be told: they come as their connections end, within two hours.',
      'DNS leads clients there for up to 90 s more: run this again to tell those.',
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

  test('marks before it tells: who moves at once must not come back', async () => {
    await locally('drain', 'eu-west-1', '--yes');
    const order = aws.calls.map(({ operation, body }) => (body.count === true ? 'count' : operation));
    expect(order).toEqual(['Query', 'count', 'PutItem', 'Query', 'Query', 'Query', 'Invoke']);
  });

  test('--json: one line', async () => {
    const before = Date.now();
    const result = await locally('drain', 'eu-west-1', '--yes', '--json');
    expect(line(result)).toEqual({
      ...{ network: 'chat', region: 'eu-west-1', via: 'us-east-1', since: aws.marks.get('eu-west-1') },
      ...{ connections: 3, within: 10_000, moved: 3, gone: 0, failed: 0, isEmpty: false },
      undo: 'npx cdk-realtime return eu-west-1',
    });
    expect(aws.marks.get('eu-west-1')).toBeGreaterThanOrEqual(before);
  });

  test('--within changes the time', async () => {
    expect(line(await locally('drain', 'eu-west-1', '--yes', '--json', '--within', '5m')).within).toBe(300_000);
    expect(aws.of('Invoke').at(-1)!.body.within).toBe(300_000);
  });

  test('a large region is counted in several parts', async () => {
    const parts = { connections: 400_000, within: 1_143_000 };
    aws.counts = [parts, parts, { connections: 1, within: 10_000 }];
    const result = line(await locally('drain', 'eu-west-1', '--yes', '--json'));
    expect(result).toMatchObject({ connections: 800_001, within: 2_296_000, moved: 3 });
    const events = aws.of('Invoke').map(({ body }) => body);
    expect(events.slice(0, 3)).toEqual([{ count: true }, { count: true, next: '1' }, { count: true, next: '2' }]);
  });

  test('a region that can not be counted is told all the same, with time for many', async () => {
    aws.counts = [{ errorMessage: 'throttled' }];
    const { code, stdout } = await locally('drain', 'eu-west-1', '--yes');
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(
        /It does not tell how many connections it has \(.*throttled.*\)\. Tell them all to move within 900 s\./,
      ),
    ]);
    expect(stdout).toContain('3 connections told to move');
    expect(aws.of('Invoke').at(-1)!.body).toEqual({ within: 900_000 });
  });

  test('a region that does not answer is marked all the same', async () => {
    aws.down.add('eu-west-1');
    const { code, stdout } = await locally('drain', 'eu-west-1', '--yes');
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /eu-west-1 is drained. It does not answer \(eu-west-1 is down\): .* by themselves.*\nTo undo/,
    );
    expect([...aws.marks.keys()]).toEqual(['eu-west-1']);
  });

  test('a region that stops answering meanwhile: the mark stands, and it can be run again', async () => {
    aws.pages = [{ moved: 2, gone: 0, failed: 0 }, { errorMessage: 'timed out' }];
    const first = await locally('drain', 'eu-west-1', '--yes');
    expect(first.stdout).toMatch(/It stopped answering \(.*chat-drain failed: .*timed out.*\): run this again/);
    const since = aws.marks.get('eu-west-1');
    aws.pages = [{ moved: 3, gone: 0, failed: 0 }];
    const second = await locally('drain', 'eu-west-1', '--yes');
    expect(second.stdout).toContain(`eu-west-1 of chat is drained since ${new Date(since!).toISOString()}.`);
    expect(second.stdout).toContain('3 connections told to move');
    const third = await locally('drain', 'eu-west-1', '--yes', '--json');
    expect([line(third).since, aws.marks.get('eu-west-1'), aws.of('PutItem').length]).toEqual([since, since, 1]);
  });

  test('it asks where it can; where it can not, it needs --yes, and has done nothing', async () => {
    const result = await locally('drain', 'eu-west-1');
    expect([result.code, result.stderr]).toEqual([2, expect.stringContaining('--yes is needed')]);
    expect(errorOf(await locally('drain', 'eu-west-1', '--json')).message).toContain('--yes is needed');
    expect(aws.of('PutItem')).toEqual([]);
  });
});

describe('those that come meanwhile', () => {
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
      tell: (_: string, within: number) => {
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
      { control, say: (text) => said.push(text), now: () => now, wait },
      {
        ...{ region: 'eu-west-1', since: now, fixed: undefined, isRepeated: true },
        load: LOAD,
        ...moving,
      },
    );
    return { outcome, events, said };
  }

  test('are told after the others have moved and DNS has changed, until there are none', async () => {
    const { outcome, events, said } = await passes([{ moved: 50, failed: 2 }, { moved: 3, gone: 1 }, {}]);
    expect(events).toEqual([
      ...[60_000, 'wait 150000', 'count eu-west-1'],
      ...[20_000, 'wait 110000', 'count eu-west-1'],
      20_000,
    ]);
    expect(outcome).toEqual({ moved: 53, gone: 1, failed: 0, problem: undefined, isEmpty: true });
    expect(said).toEqual([
      '  told 50',
      '  again in 150 s, for those that come meanwhile (Ctrl-C: leave it at that)',
      '  told 3',
      '  again in 110 s, for those that come meanwhile (Ctrl-C: leave it at that)',
      '  told 0',
    ]);
  });

  test('come to a region that was empty, too, before DNS has changed', async () => {
    const { outcome, events } = await passes([{}, {}]);
    expect([outcome.isEmpty, events.at(1)]).toEqual([true, 'wait 150000']);
    const drainedBefore = await passes([{}], { since: 1_000_000 - DNS_TIME });
    expect([drainedBefore.outcome.isEmpty, drainedBefore.events]).toEqual([true, [60_000]]);
  });

  test('in the time that was given', async () => {
    const { events } = await passes([{ moved: 1 }, {}], { fixed: 30_000, load: { ...LOAD, within: 30_000 } });
    expect(events).toEqual([30_000, 'wait 120000', 'count eu-west-1', 30_000]);
  });

  test('who could not be told is not nobody', async () => {
    expect((await passes([{}, { failed: 1 }, { moved: 1 }, {}])).outcome).toMatchObject({ moved: 1, isEmpty: true });
  });

  test('not for ever, nor of a region that stops answering', async () => {
    const { outcome, events } = await passes(Array(20).fill({ moved: 1 }));
    expect([outcome.moved, outcome.isEmpty, events.at(-1)]).toEqual([10, false, 20_000]);
    const broken = await passes([{ moved: 1 }]);
    expect(broken.outcome).toMatchObject({ moved: 1, isEmpty: false, problem: 'it went down' });
  });

  test('the command ends at once where nobody is left, and DNS has changed long ago', async () => {
    aws.marks.set('eu-west-1', 1);
    aws.pages = [{ moved: 0, gone: 2, failed: 0 }];
    const { stdout } = await run(['drain', 'eu-west-1', '--yes'], { folder: folderOf('rt.example') });
    expect(stdout).toContain('0 connections told to move, 2 were gone already.\nNobody is connected there any more.\n');
  });

  test('without a domain they are not told again, and are not said to go elsewhere', async () => {
    const { stdout } = await run(['drain', 'eu-west-1', '--yes'], { folder: folderOf(undefined) });
    expect(stdout).toContain('Nothing leads new connections elsewhere: the network has no domain.\n');
    expect(stdout).toContain('Clients that have its address still come: take it from them, then run this again.\n');
    expect(stdout).not.toContain('go to');
  });

  test('of a network that is only named nobody knows whether it has a domain', async () => {
    const network = ['--network', 'chat', '--regions', 'eu-west-1,us-east-1'];
    const { stdout } = await inAws('drain', 'eu-west-1', ...network, '--yes', '--once');
    expect(stdout).toContain('New connections go to us-east-1, if the network has a domain.\n');
  });
});

describe('no region is left', () => {
  test('60010 region_last, and nothing is done', async () => {
    aws.marks.set('us-east-1', 1).set('ap-south-1', 2);
    const result = await locally('drain', 'eu-west-1', '--yes', '--json');
    expect([result.code, errorOf(result)]).toMatchObject([1, { code: 60_010, name: 'region_last' }]);
    expect(aws.of('PutItem')).toEqual([]);
  });

  test('marks of regions that have left the network count for nothing', async () => {
    aws.marks.set('sa-east-1', 1).set('us-east-1', 1);
    expect(line(await locally('drain', 'eu-west-1', '--yes', '--json')).via).toBe('ap-south-1');
  });

  test('a mark that turns out to leave none is taken back: another replica had those of the others', async () => {
    aws.marks.set('us-east-1', 1);
    aws.onlyIn.set('eu-west-1', new Map([['ap-south-1', 2]]));
    const result = await locally('drain', 'eu-west-1', '--yes', '--json');
    expect(errorOf(result)).toMatchObject({ code: 60_010, message: expect.stringContaining('was returned at once') });
    expect([...aws.marks.keys()]).toEqual(['us-east-1']);
    expect([...aws.returned.keys()]).toEqual(['eu-west-1']);
    expect(aws.of('Invoke')).toMatchObject([{ body: { count: true } }]);
  });

  test('a mark that counts stays, though a later one does not; of that one it says so', async () => {
    aws.marks.set('eu-west-1', 1).set('us-east-1', 2).set('ap-south-1', 3);
    expect(line(await locally('drain', 'us-east-1', '--yes', '--json'))).toMatchObject({ since: 2, moved: 3 });
    const result = await locally('drain', 'ap-south-1', '--yes', '--json');
    expect(errorOf(result)).toMatchObject({
      code: 60_010,
      message: expect.stringContaining('Its mark counts for nothing, until another region is returned'),
    });
  });

  test('nor in a network of one', async () => {
    const result = await inAws('drain', 'eu-west-1', '--network', 'chat', '--regions', 'eu-west-1', '--yes', '--json');
    expect(errorOf(result)).toMatchObject({ code: 60_010 });
  });
});

describe('where the mark is written', () => {
  test('in the first region that answers', async () => {
    aws.down.add('us-east-1');
    expect(line(await locally('drain', 'eu-west-1', '--yes', '--json')).via).toBe('ap-south-1');
  });

  test('in one that is drained, too, when no other answers', async () => {
    aws.marks.set('us-east-1', 1);
    aws.down.add('ap-south-1');
    expect(line(await locally('drain', 'eu-west-1', '--yes', '--json')).via).toBe('us-east-1');
  });

  test('where --via says', async () => {
    expect(line(await locally('drain', 'eu-west-1', '--via', 'ap-south-1', '--yes', '--json')).via).toBe('ap-south-1');
    expect(aws.of('PutItem')).toMatchObject([{ region: 'ap-south-1' }]);
  });

  test('when none answers: 60011 aws_call_failed, with what each said', async () => {
    aws.down.add('us-east-1').add('ap-south-1');
    const result = await locally('drain', 'eu-west-1', '--yes', '--json');
    expect(errorOf(result)).toMatchObject({
      code: 60_011,
      message: expect.stringContaining('us-east-1: us-east-1 is down; ap-south-1: ap-south-1 is down'),
    });
  });
});

describe('return', () => {
  test('removes the mark in another region, and says when clients come back', async () => {
    aws.marks.set('eu-west-1', 1);
    const { code, stdout } = await locally('return', 'eu-west-1');
    expect([code, stdout]).toEqual([
      0,
      'eu-west-1 is in service again. Clients come back as they reconnect: within two hours, or sooner.\n',
    ]);
    expect([...aws.marks.keys()]).toEqual([]);
  });

  test('writes over the mark, for some days, and deletes nothing', async () => {
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

  test('and drain again: the mark is a new one, and stays', async () => {
    aws.marks.set('eu-west-1', 1);
    await locally('return', 'eu-west-1');
    expect(line(await locally('drain', 'eu-west-1', '--yes', '--json')).since).toBe(aws.marks.get('eu-west-1'));
    expect(Object.keys(aws.of('PutItem').at(-1)!.body.Item)).toEqual(['pk', 'sk', 't']);
  });

  test('goes by the region itself when no other answers, or when --via says so', async () => {
    aws.marks.set('eu-west-1', 1);
    aws.down.add('us-east-1').add('ap-south-1');
    expect(line(await locally('return', 'eu-west-1', '--json'))).toMatchObject({ via: 'eu-west-1', wasDrained: true });
    expect([...aws.marks.keys()]).toEqual([]);
    aws.down.clear();
    const result = await locally('return', 'eu-west-1', '--via', 'eu-west-1', '--json');
    expect(line(result)).toMatchObject({ via: 'eu-west-1' });
  });

  test('of a region that was not drained says so', async () => {
    const result = await locally('return', 'eu-west-1', '--json');
    expect(line(result)).toEqual({ network: 'chat', region: 'eu-west-1', via: 'us-east-1', wasDrained: false });
  });
});

describe('which network', () => {
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

  test('in AWS, by name and regions; what undoes it says them too', async () => {
    const network = ['--network', 'chat', '--regions', 'eu-west-1,us-east-1'];
    const result = await inAws('drain', 'us-east-1', ...network, '--yes', '--once', '--json');
    expect(line(result)).toMatchObject({
      ...{ via: 'eu-west-1', moved: 3 },
      undo: 'npx cdk-realtime return us-east-1 --network chat --regions eu-west-1,us-east-1',
    });
  });

  test('with a table of channels that was brought along: marks are in there, and what undoes it says so', async () => {
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

  test('the assembly, and the local cloud, tell what its table of channels is', async () => {
    aws.channelsTable = 'ours';
    const brought = assembly({ ...chat, channelsTable: 'ours' });
    await inAws('drain', 'us-east-1', '--assembly', brought, '--yes', '--once');
    await locally('drain', 'eu-west-1', '--yes');
    expect([...aws.marks.keys()]).toEqual(['us-east-1', 'eu-west-1']);
  });

  test('--channels-table without --regions is cli_usage', async () => {
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

  test('in AWS, of a cloud assembly', async () => {
    const result = await inAws('drain', 'us-east-1', '--assembly', assembly(chat, chat), '--yes', '--json');
    expect(line(result)).toMatchObject({ network: 'chat', via: 'eu-west-1', moved: 3 });
  });

  test.each([
    ['none in it', [], [], 'has no network of several regions'],
    [
      'several, and none chosen',
      [chat, { name: 'other', regions: ['a', 'b'] }],
      [],
      'choose with --network: chat, other',
    ],
    ['another than those in it', [chat], ['--network', 'nope'], 'has no network nope, but: chat'],
  ])('an assembly with %s is cli_usage', async (_, entries, options, said) => {
    const result = await inAws('drain', 'eu-west-1', '--assembly', assembly(...entries), ...options, '--json');
    expect(errorOf(result)).toMatchObject({ name: 'cli_usage', message: expect.stringContaining(said) });
  });

  test('a local cloud without a network of several regions says so', async () => {
    const folder = emptyFolder();
    const regions = [{ region: 'eu-west-1', ws: 'ws://x', http: 'http://x', aws: aws.url }];
    writeDevFile(folder, JSON.stringify({ pid: 1, page: 'http://x/', regions }));
    const result = await run(['drain', 'eu-west-1', '--yes', '--json'], { folder });
    expect(errorOf(result).message).toContain('The local cloud of this folder has no network of several regions');
  });
});
