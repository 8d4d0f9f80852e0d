// `plan`: what it reads from assemblies and AWS, and its output.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exampleAssembly } from '../../support/templates/assembly';
import { builtCli } from '../../support/built';
import { errorOf, type Result, run } from '../../support/local/cli';
import { assemblyOf, HOME, SECOND, THIRD } from './network-assembly';

describe('the command', () => {
  const KEYS = { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' };
  /** What DescribeTable says of the table of messages, by region. */
  const replicas = new Map<string, readonly { RegionName: string; ReplicaStatus: string }[]>();
  /** Drain marks that the table of channels has: null when it can't be read. */
  let marks: readonly string[] | null = [];
  let aws: Server;
  let assembly = '';

  beforeAll(async () => {
    builtCli();
    assembly = assemblyOf({ Chat: {}, Other: { regions: [HOME] } });
    aws = createServer((request, response) => {
      const region = /Credential=[^/]+\/\d+\/([^/]+)\//.exec(request.headers.authorization ?? '')?.[1] ?? '';
      const isQuery = request.headers['x-amz-target'] === 'DynamoDB_20120810.Query';
      if (marks !== null && isQuery) {
        response.end(
          JSON.stringify({ Items: marks.map((sk) => ({ pk: { S: '!drain' }, sk: { S: sk }, t: { N: '1' } })) }),
        );
        return;
      }
      const Replicas = isQuery ? undefined : replicas.get(region);
      const missing = { __type: 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException', message: 'no table' };
      const answer = region === 'sa-east-1' ? { __type: 'AccessDeniedException', message: 'not you' } : missing;
      response.writeHead(Replicas === undefined ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' });
      response.end(JSON.stringify(Replicas === undefined ? answer : { Table: { Replicas } }));
    });
    await new Promise<void>((resolve) => aws.listen(0, '127.0.0.1', resolve));
  }, 60_000);
  beforeEach(() => {
    replicas.clear();
    marks = [];
  });
  afterAll(() => new Promise((resolve) => aws.close(resolve)));

  const inAws = (...args: string[]): Promise<Result> => {
    const env = { ...KEYS, AWS_ENDPOINT_URL: `http://127.0.0.1:${(aws.address() as AddressInfo).port}` };
    return run(['plan', '--assembly', assembly, '--network', 'Chat', ...args], { env });
  };
  const active = (...regions: string[]) => regions.map((RegionName) => ({ RegionName, ReplicaStatus: 'ACTIVE' }));

  test('reads the deployed regions from AWS, and prints numbered steps', async () => {
    replicas.set(HOME, active(THIRD, HOME));
    const { code, stdout } = await inAws();
    expect(code).toBe(0);
    expect(stdout).toContain(`Chat: ${HOME}, ${THIRD} -> ${HOME}, ${SECOND}\n\n1. Bootstrap`);
    expect(stdout).toMatch(
      new RegExp(
        `2\\. Deploy 1 of 2: add ${SECOND}.*\n   in the code:\n     regions: \\['${HOME}', '${SECOND}', '${THIRD}'\\],\n` +
          `     formerRegions: \\[\\],\n   run:\n     npx cdk deploy 'Chat/\\*'\n\n3\\. `,
      ),
    );
  });

  test('finds leftover drain marks, and works when marks cannot be read', async () => {
    replicas.set(HOME, active(SECOND));
    marks = [HOME, 'us-west-2'];
    expect((await inAws()).stdout).toContain(
      `     npx cdk-realtime return us-west-2 --network Chat --regions ${HOME},${SECOND},us-west-2\n`,
    );
    marks = null;
    expect((await inAws()).stdout).toContain('No region needs to be added or removed.');
  });

  test('given --json, then one line is printed', async () => {
    const { stdout } = await inAws('--from', HOME, '--json');
    expect(stdout.trim().split('\n')).toHaveLength(1);
    expect(JSON.parse(stdout)).toMatchObject({ network: 'Chat', from: [HOME], to: [HOME, SECOND] });
  });

  test('given no table in AWS, then no region is deployed', async () => {
    expect(JSON.parse((await inAws('--json')).stdout)).toMatchObject({ from: [] });
    expect((await inAws('--from', 'none')).stdout).toContain('Chat: not deployed ->');
  });

  test('given the same regions, then the output says that nothing changes', async () => {
    replicas.set(HOME, active(SECOND));
    expect((await inAws()).stdout).toBe(
      `Chat: ${HOME}, ${SECOND} -> ${HOME}, ${SECOND}\nNo region needs to be added or removed.\n`,
    );
  });

  test('given a table in another region only, or a running deploy, then the error is 60013 plan_impossible', async () => {
    replicas.set(SECOND, active(SECOND));
    const moved = errorOf(await inAws('--json'));
    expect(moved).toMatchObject({ code: 60_013, message: expect.stringContaining(`in ${SECOND}, but not in ${HOME}`) });
    replicas.set(HOME, [{ RegionName: SECOND, ReplicaStatus: 'CREATING' }]);
    const busy = errorOf(await inAws('--json'));
    expect(busy).toMatchObject({ code: 60_013, message: expect.stringContaining(`in ${SECOND} is CREATING`) });
  });

  test('when AWS refuses, then the error is 60011 aws_call_failed, and names --from', async () => {
    const elsewhere = assemblyOf({ Chat: { regions: ['sa-east-1'] } });
    const result = await inAws('--json', '--assembly', elsewhere);
    expect(errorOf(result)).toMatchObject({ code: 60_011, message: expect.stringMatching(/not you.*--from/) });
  });

  test.each([
    [['--from', 'here'], 'got: "here"'],
    [['--from', `${HOME},${HOME}`], 'each region once'],
    [[], 'Choose one with --network: Chat, Other'],
    [['--network', 'None'], 'no network None. It has: Chat, Other'],
  ])('given %j, then the error is 60000 cli_usage', async (args, said) => {
    const several = assemblyOf({ Chat: {}, Other: { regions: [HOME] } });
    const network = args[0] === '--from' ? ['--network', 'Chat'] : [];
    const result = await run(['plan', '--assembly', several, '--json', ...network, ...args]);
    expect([result.code, errorOf(result)]).toMatchObject([2, { code: 60_000, message: expect.stringContaining(said) }]);
  });

  test('given an assembly without a network, or with existing tables, then the error is 60000 cli_usage', async () => {
    const single = await run(['plan', '--assembly', exampleAssembly(), '--json']);
    expect(errorOf(single)).toMatchObject({
      code: 60_000,
      message: expect.stringContaining('no network of several regions'),
    });
    const tables = { messagesTableName: 'mine', channelsTableName: 'ours' };
    const brought = await run(['plan', '--assembly', assemblyOf({ Chat: { tables } }), '--json']);
    expect(errorOf(brought)).toMatchObject({ code: 60_000, message: expect.stringContaining('Pass --from') });
  });
});
