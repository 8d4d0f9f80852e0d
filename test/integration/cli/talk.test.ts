// `publish`, `tail` and `token` against a running `dev`.
import { decodeJwt } from 'jose';
import { exampleAssembly } from '../../support/templates/assembly';
import { errorOf, run, type Result, type Running, RunningCommand, startDev } from '../../support/local/cli';
import { until } from '../../support/until';

let dev: Running;
beforeAll(async () => {
  dev = await startDev(exampleAssembly());
}, 60_000);
afterAll(async () => {
  await dev.stop();
});

const here = (...args: string[]): Promise<Result> => run(args, { folder: dev.folder });
const lines = ({ stdout }: Result): any[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('publish', () => {
  test('prints the place of the stored message', async () => {
    expect(await here('publish', 'chat:words', 'hello')).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^stored as 1 of eu-west-1 \([0-9a-f-]+\)\n$/),
      stderr: '',
    });
  });

  test('given --json and --id, then the acknowledgement has that id', async () => {
    const result = await here('publish', 'chat:ack', '{"text":"hello"}', '--id', 'mine', '--json');
    expect(lines(result)).toEqual([{ id: 'mine', origin: 'eu-west-1', epoch: expect.any(String), seq: 1 }]);
  });

  test('given --retry, then a message with the same --id is stored once; without it, twice', async () => {
    const again = ['publish', 'chat:again', '"once"', '--id', 'order-1', '--json'];
    const places = [];
    for (const how of [[], ['--retry'], []]) places.push(lines(await here(...again, ...how))[0].seq);
    expect(places).toEqual([1, 1, 2]);
  });

  test('given -, then each line of standard input is published in order, JSON as JSON', async () => {
    const input = 'one\n\n{"two":2}\n3\n';
    const published = await run(['publish', 'chat:lines', '-', '--json'], { folder: dev.folder, input });
    expect([published.code, lines(published).map(({ seq }) => seq)]).toEqual([0, [1, 2, 3]]);
    const cursor = `1!eu-west-1~${lines(published)[0].epoch}~0`;
    const tailed = await here('tail', 'chat:lines', '--cursor', cursor, '--count', '3', '--json');
    expect(
      lines(tailed)
        .slice(0, 3)
        .map(({ data }) => data),
    ).toEqual(['one', { two: 2 }, 3]);
  });

  test.each([
    ['nope:room', 40_400],
    ['no channel', 40_010],
  ])('given the channel %s, then the error is %i', async (channel, code) => {
    const result = await here('publish', channel, '1', '--json');
    expect([result.code, result.stdout, errorOf(result).code]).toEqual([1, '', code]);
  });

  test('given an invalid token, then the command ends with an error', async () => {
    const result = await here('publish', 'chat:a', '1', '--url', dev.ready.regions[0]!.ws, '--token', 'none', '--json');
    expect([result.code, errorOf(result)]).toMatchObject([1, { code: 80_003 }]);
  });
});

describe('tail', () => {
  /** A tail that prints what comes from now on. */
  async function tailing(channel: string, ...args: string[]): Promise<RunningCommand> {
    const command = new RunningCommand(['tail', channel, '--json', ...args], dev.folder);
    // It is live when it prints what is published; until then, messages are not for it.
    for (let tries = 0; command.stdout === ''; tries++) {
      if (tries > 50) throw new Error('tail does not print');
      await here('publish', channel, '"knock"');
    }
    return command;
  }

  test('prints messages as they arrive, and at a signal the cursor to continue from', async () => {
    const command = await tailing('chat:live');
    await here('publish', 'chat:live', '{"text":"heard"}');
    await until(() => command.stdout.includes('heard'), 'it is printed');
    command.kill('SIGINT');
    const result = await command.result();
    const [{ cursor }, heard] = lines(result).reverse();
    expect([result.code, result.stderr]).toEqual([0, '']);
    expect(heard).toMatchObject({ channel: 'chat:live', origin: 'eu-west-1', from: 'cli', data: { text: 'heard' } });

    await here('publish', 'chat:live', '"missed"');
    const resumed = await here('tail', 'chat:live', '--cursor', cursor, '--count', '1', '--json');
    expect(lines(resumed)).toMatchObject([
      { data: 'missed', seq: Number(heard.seq) + 1 },
      { cursor: expect.any(String) },
    ]);
  });

  test('given --count, then it ends after that many messages, with the cursor after the last one', async () => {
    const input = '1\n2\n3\n';
    const published = await run(['publish', 'chat:count', '-', '--json'], { folder: dev.folder, input });
    const { epoch } = lines(published)[0];
    const result = await here('tail', 'chat:count', '--cursor', `1!eu-west-1~${epoch}~0`, '--count', '2', '--json');
    expect(lines(result)).toMatchObject([{ data: 1 }, { data: 2 }, { cursor: `1!eu-west-1~${epoch}~2` }]);
  });

  test('given no --json, then a line has time, origin, sequence number, sender and data', async () => {
    const { epoch } = lines(await here('publish', 'chat:read', '{"a":1}', '--json'))[0];
    const { stdout } = await here('tail', 'chat:read', '--cursor', `1!eu-west-1~${epoch}~0`, '--count', '1');
    expect(stdout).toMatch(/^\d{4}-\S+Z eu-west-1 1 cli: \{"a":1\}\ncursor 1!eu-west-1~\w+~1\n$/);
  });

  test('when messages are missing, then the verdict is printed to standard error', async () => {
    const cursor = '1!eu-west-1~000000001~5';
    await here('publish', 'chat:gone', '1');
    const { stderr } = await here('tail', 'chat:gone', '--cursor', cursor, '--count', '1');
    expect(stderr).toBe('resumed reset: eu-west-1\n');
  });

  test.each([
    [['nope:room'], 40_400],
    [['chat:a', '--cursor', 'nonsense'], 40_011],
  ])('given %j, then the error is %i', async (args, code) => {
    const result = await here('tail', ...args, '--json');
    expect([result.code, errorOf(result).code]).toEqual([1, code]);
  });

  test('given a token without `subscribe`, then the error is 40103', async () => {
    const { token } = lines(await here('token', '--allow', 'chat:*=publish', '--json'))[0];
    const result = await here('tail', 'chat:a', '--token', token, '--json');
    expect([result.code, errorOf(result).code]).toEqual([1, 40_103]);
  });
});

describe('token', () => {
  test('given no options, then the token allows everything for an hour', async () => {
    const { code, stdout } = await here('token');
    const claims = decodeJwt(stdout.trim());
    expect([code, claims.sub, claims.exp! - claims.iat!]).toEqual([0, 'dev', 3_600]);
    const everything = ['subscribe', 'publish', 'history'];
    expect(claims.cap).toEqual({ 'chat:*': everything, 'orders:*': everything });
  });

  test.each([
    ['--allow twice', ['--allow', 'chat:a=subscribe,publish', '--allow', 'chat:b=history']],
    ['--allow once, with both', ['--allow', 'chat:a=subscribe,publish', 'chat:b=history']],
  ])('given %s, then the token has the client id, the capabilities and the lifetime', async (_, allow) => {
    const [{ token }] = lines(await here('token', '--client', 'ada', ...allow, '--expires', '5m', '--json'));
    const claims = decodeJwt(token);
    expect([claims.sub, claims.exp! - claims.iat!]).toEqual(['ada', 300]);
    expect(claims.cap).toEqual({ 'chat:a': ['subscribe', 'publish'], 'chat:b': ['history'] });
  });

  test.each([
    [['--client', 'a b'], '`clientId`'],
    [['--allow', 'chat=publish'], 'A pattern must be'],
  ])('given %j, then the error states the rule', async (args, said) => {
    const result = await here('token', ...args, '--json');
    expect([result.code, result.stdout]).toEqual([1, '']);
    expect(errorOf(result)).toMatchObject({ code: 40_102, message: expect.stringContaining(said) });
  });

  test('given a token for one channel, then other channels are refused', async () => {
    const [{ token }] = lines(await here('token', '--allow', 'chat:mine=publish', '--json'));
    expect((await here('publish', 'chat:mine', '1', '--token', token)).code).toBe(0);
    expect(errorOf(await here('publish', 'chat:theirs', '1', '--token', token, '--json')).code).toBe(40_103);
  });
});
