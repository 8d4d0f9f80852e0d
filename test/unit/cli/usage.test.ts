// Help, version and usage errors of the command line.
import { emptyFolder, errorOf, run, writeDevFile } from '../../support/local/cli';
import { builtCli } from '../../support/built';

beforeAll(() => {
  builtCli();
}, 60_000);

test.each([
  [['--help'], ['dev', 'publish', 'tail', 'token', 'drain', 'return', 'epoch', 'switch']],
  [
    ['help', 'dev'],
    ['--app', '--assembly', '--data'],
  ],
  [
    ['dev', '--help'],
    ['--app', '--assembly', '--port', '--data', '--speed', '--verbose', '--json', 'Examples'],
  ],
  [
    ['plan', '--help'],
    ['--assembly', '--network', '--from', '--json', 'Example'],
  ],
  [
    ['publish', '--help'],
    ['<channel> <data>', '--id', '--url', '--token', '--json', 'standard input'],
  ],
  [
    ['tail', '--help'],
    ['<channel>', '--cursor', '--count', '--json', 'Example'],
  ],
  [
    ['token', '--help'],
    ['--client', '--allow', '--expires', '--secret-id', 'Example'],
  ],
  [
    ['drain', '--help'],
    ['<region>', '--network', '--regions', '--assembly', '--via', '--within', '--once', '--yes', '--json', 'Example'],
  ],
  [
    ['epoch', 'new', '--help'],
    ['--channel', '--all', '--network', '--regions', '--messages-table', '--assembly', '--dry-run', '--yes', '--json'],
  ],
  [
    ['switch', '--help'],
    ['<switch>', 'region-down <region>', '[slow=…]', 'heal-all', '--json', 'Examples'],
  ],
  [
    ['return', '--help'],
    ['<region>', '--network', '--regions', '--assembly', '--via', '--json', 'Example'],
  ],
])('given %j, then the help is printed', async (args, said) => {
  const { code, stdout, stderr } = await run(args);
  expect([code, stderr]).toEqual([0, '']);
  for (const one of said) expect(stdout).toContain(one);
});

test('given --version, then the version of the package is printed', async () => {
  expect(await run(['--version'])).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) });
});

test('given no command, then the help is printed to standard error, and the exit code is 2', async () => {
  const { code, stdout, stderr } = await run([]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain('Usage: cdk-realtime');
});

test.each([
  [['nonsense'], 'nonsense'],
  [['dev', '--nonsense'], '--nonsense'],
  [['dev', '--port', 'many'], '65500'],
  [['dev', '--port', '70000'], '65500'],
  [['dev', '--speed', '0'], 'above 0'],
  [['dev', '--speed', 'Infinity'], 'above 0'],
  [['dev', 'surplus'], 'too many arguments'],
  [['plan', 'surplus'], 'too many arguments'],
  [['publish', 'chat:lobby'], "missing required argument 'data'"],
  [['publish', 'chat:lobby', '-', '--id', 'a'], '--id'],
  [['publish', 'chat:lobby', '1', '--url', 'ws://x'], '--url needs --token'],
  [['publish', 'chat:lobby', '1', '--retry'], '--retry needs --id'],
  [['tail'], "missing required argument 'channel'"],
  [['tail', 'chat:lobby', '--count', '0'], 'above 0'],
  [['tail', 'chat:lobby', '--count', '1.5'], 'above 0'],
  [['switch'], "missing required argument 'switch'"],
  [['drain'], "missing required argument 'region'"],
  [['drain', 'a', '--network', 'chat'], '--network needs --regions or --assembly'],
  [['drain', 'a', '--regions', 'a,b'], '--regions needs --network'],
  [['drain', 'a', '--network', 'chat', '--regions', 'a,b', '--assembly', 'cdk.out'], 'exclude each other'],
  [['drain', 'c', '--network', 'chat', '--regions', 'a,b'], 'c is not a region of chat: a, b.'],
  [['drain', 'a', '--network', 'chat', '--regions', 'a,b', '--via', 'a'], '--via must be one of b.'],
  [
    ['drain', 'a', '--network', 'chat', '--regions', 'a,b', '--within', '5'],
    '--within takes a number and s, m, h or d',
  ],
  [['return', 'c', '--network', 'chat', '--regions', 'a,b'], 'c is not a region of chat'],
  [['return', 'a', '--network', 'chat', '--regions', 'a,b', '--via', 'c'], '--via must be one of b, a.'],
  [['token', '--expires', '5'], '--expires takes a number and s, m, h or d, got: 5.'],
  [['token', '--expires', '0s'], '--expires takes'],
  [['token', '--allow', 'chat:*'], '--allow takes pattern=action,action, got: chat:*.'],
  [['token', '--allow', 'chat:*='], '--allow takes'],
  [['token', '--allow', '=publish'], '--allow takes'],
  [['token', '--allow', 'a=b=c'], '--allow takes'],
  [['token', '--allow', 'chat:*=publish,write'], 'got: "write" in chat:*=publish,write'],
])('given %j, then the error is 60000 cli_usage, with exit code 2', async (args, said) => {
  const result = await run([...args, '--json']);
  expect([result.code, result.stdout]).toEqual([2, '']);
  expect(result.stderr.trim().split('\n')).toHaveLength(1);
  expect(errorOf(result)).toMatchObject({ code: 60_000, name: 'cli_usage', message: expect.stringContaining(said) });
});

test('given no --json, then an error is text with code, message and link', async () => {
  const { code, stdout, stderr } = await run(['dev', '--nonsense']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^error 60000 cli_usage: .*--nonsense.*\n {2}see https:\/\/\S+#60000\n$/);
});

describe('when no dev runs', () => {
  const commands = [['publish', 'chat:lobby', '1'], ['tail', 'chat:lobby'], ['token']];
  const regional = [
    ['drain', 'eu-west-1'],
    ['return', 'eu-west-1'],
  ];

  test.each([...commands, ...regional])('then the error of %s is 60005 local_unreachable', async (...args) => {
    const result = await run([...args, '--json']);
    expect(result.code).toBe(1);
    expect(errorOf(result)).toMatchObject({ code: 60_005, message: expect.stringContaining('cdk-realtime dev') });
  });

  test.each(commands)('given the file of a killed dev, then the error of %s says so', async (...args) => {
    const folder = emptyFolder();
    const regions = [
      { region: 'eu-west-1', ws: 'ws://127.0.0.1:1/v1', http: 'http://127.0.0.1:1', aws: 'http://127.0.0.1:1' },
    ];
    writeDevFile(folder, JSON.stringify({ pid: 999_999_999, page: 'http://127.0.0.1:1/', regions }));
    const result = await run([...args, '--json'], { folder });
    expect(result.code).toBe(1);
    expect(errorOf(result)).toMatchObject({
      code: 60_005,
      message: expect.stringContaining('the process has ended, or hangs'),
    });
  });

  test('given a file that is not JSON, then the error is 60005', async () => {
    const folder = emptyFolder();
    writeDevFile(folder, '{');
    expect(errorOf(await run(['token', '--json'], { folder }))).toMatchObject({ code: 60_005 });
  });
});
