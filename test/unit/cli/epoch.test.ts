// `epoch new`: how logs are selected, and what is reported. test/integration/network/restore.test.ts runs it against tables.
import { builtCli } from '../../support/built';
import { emptyFolder, errorOf, run, type Result } from '../../support/local/cli';
import { FakeAws } from '../../support/memory/fake-aws';

const NETWORK = ['--network', 'chat', '--regions', 'eu-west-1,us-east-1'];

let aws: FakeAws;
beforeAll(() => {
  builtCli();
}, 60_000);
beforeEach(async () => {
  aws = new FakeAws('chat');
  await aws.start();
});
afterEach(() => aws.stop());

const epochNew = (...args: string[]): Promise<Result> => {
  const env = { AWS_ENDPOINT_URL: aws.url, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' };
  return run(['epoch', 'new', ...args, '--json'], { folder: emptyFolder(), env });
};

test.each([
  ['neither --channel nor --all', [], 'either --channel or --all'],
  ['both', ['--all', '--channel', 'chat:a'], 'either --channel or --all'],
  ['no --yes without a terminal', ['--channel', 'chat:a', ...NETWORK], '--yes is needed'],
  ['--regions without a network or a table', ['--all', '--regions', 'eu-west-1'], '--regions needs --network'],
])('given %s, then the exit code is 2, and nothing is written', async (_, args, said) => {
  const result = await epochNew(...args);
  expect([result.code, errorOf(result).name]).toEqual([2, 'cli_usage']);
  expect(errorOf(result).message).toContain(said);
  expect(aws.of('PutItem')).toEqual([]);
});

test('given a channel name that is invalid, then the error names the rule', async () => {
  const result = await epochNew('--channel', 'lobby', ...NETWORK, '--yes');
  expect([result.code, errorOf(result).name]).toEqual([1, 'channel_name_invalid']);
});

test('given --dry-run and channels, then the logs of all regions are counted, and AWS is not called', async () => {
  const { code, stdout } = await epochNew('--channel', 'chat:a', 'chat:b', '--dry-run', ...NETWORK);
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toEqual({
    name: 'chat',
    table: 'chat-messages',
    regions: ['eu-west-1', 'us-east-1'],
    logs: 4,
    opened: 0,
    failed: [],
  });
  expect(aws.calls).toEqual([]);
});

test('given a table that does not exist, then the error names the region and the reason', async () => {
  const result = await epochNew('--all', ...NETWORK, '--messages-table', 'absent');
  expect([result.code, errorOf(result).name]).toEqual([1, 'aws_call_failed']);
  expect(errorOf(result).message).toContain('The logs in eu-west-1');
});

test('given a region that fails, then the logs without a new epoch are reported, and the others are opened', async () => {
  const result = await epochNew('--channel', 'chat:a', ...NETWORK, '--yes');
  expect([result.code, errorOf(result).name]).toEqual([1, 'aws_call_failed']);
  expect(errorOf(result).message).toContain('chat:a of us-east-1');
  expect(JSON.parse(result.stdout)).toMatchObject({ logs: 2, opened: 0, failed: [{ origin: 'eu-west-1' }, {}] });
});
