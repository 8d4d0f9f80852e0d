// The network of `drain` and `return`: from options, an assembly or the local cloud.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { builtCli } from '../../support/built';
import { emptyFolder, errorOf, run, writeDevFile } from '../../support/local/cli';
import { DrainedNetwork, jsonOf, REGIONS } from '../../support/local/drained-network';

let aws: DrainedNetwork;
beforeAll(() => {
  builtCli();
}, 60_000);
beforeEach(async () => {
  aws = new DrainedNetwork();
  await aws.start();
});
afterEach(() => aws.stop());

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
    const result = await aws.inAws('drain', 'us-east-1', ...network, '--yes', '--once', '--json');
    expect(jsonOf(result)).toMatchObject({
      via: 'eu-west-1',
      moved: 3,
      undo: 'npx cdk-realtime return us-east-1 --network chat --regions eu-west-1,us-east-1',
    });
  });

  test('given --channels-table, then marks are in that table, and the undo command has it too', async () => {
    aws.channelsTable = 'ours';
    const network = ['--network', 'chat', '--regions', 'eu-west-1,us-east-1'];
    const without = await aws.inAws('drain', 'us-east-1', ...network, '--yes', '--once', '--json');
    expect(errorOf(without)).toMatchObject({ name: 'aws_call_failed' });
    const result = await aws.inAws(
      'drain',
      'us-east-1',
      ...network,
      '--channels-table',
      'ours',
      '--yes',
      '--once',
      '--json',
    );
    expect(jsonOf(result).undo).toBe(`npx cdk-realtime return us-east-1 ${network.join(' ')} --channels-table ours`);
    expect([...aws.marks.keys()]).toEqual(['us-east-1']);
    await aws.inAws(...jsonOf(result).undo.replace('npx cdk-realtime ', '').split(' '));
    expect([...aws.marks.keys()]).toEqual([]);
  });

  test('the Channels table is known from an assembly or the local cloud', async () => {
    aws.channelsTable = 'ours';
    const brought = assembly({ ...chat, channelsTable: 'ours' });
    await aws.inAws('drain', 'us-east-1', '--assembly', brought, '--yes', '--once');
    await aws.locally('drain', 'eu-west-1', '--yes');
    expect([...aws.marks.keys()]).toEqual(['us-east-1', 'eu-west-1']);
  });

  test('given --channels-table without --regions, then the error is cli_usage', async () => {
    const result = await aws.inAws(
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
    const result = await aws.inAws('drain', 'us-east-1', '--assembly', assembly(chat, chat), '--yes', '--json');
    expect(jsonOf(result)).toMatchObject({ network: 'chat', via: 'eu-west-1', moved: 3 });
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
    const result = await aws.inAws('drain', 'eu-west-1', '--assembly', assembly(...entries), ...options, '--json');
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
