import { App, Duration, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { UserPool } from 'aws-cdk-lib/aws-cognito';
import { Namespace, RealtimeApi, type RealtimeApiProps, RealtimeAuth } from '../../../lib';
import * as lib from '../../../lib';
import { only, readable, realtimeStack, resources } from '../../support/templates/templates';

const CHAT = Namespace.durable('chat');
const TOKEN = { text: Token.asString({ Ref: 'Parameter' }), number: Token.asNumber({ Ref: 'Parameter' }) };
const retention = (value: Duration): Partial<RealtimeApiProps> => ({
  namespaces: [CHAT, Namespace.durable('location', { retention: value })],
});
const resumeWindow = (value: Duration): Partial<RealtimeApiProps> => ({
  namespaces: [Namespace.durable('chat', { resumeWindow: value })],
});
const named = (...names: string[]): Partial<RealtimeApiProps> => ({
  namespaces: names.map((name) => Namespace.durable(name)),
});
const issuer = (options: object): Partial<RealtimeApiProps> => ({
  auth: RealtimeAuth.issuer({ issuer: 'https://id.example.com', audience: 'chat', ...options }),
});

function failure(props: Partial<RealtimeApiProps>): string {
  try {
    realtimeStack(props);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('RealtimeApi, given a prop that breaks a rule, throws an error with prop, rule, value and fix', () => {
  const NAME = 'must be 1 to 32 of a-z, 0-9, _ and -, and begin with a letter, got: ';
  const NAME_FIX = '. Channel names begin with it: `chat` in `chat:room.42`.';
  const KEPT = '`namespaces[1].retention` must be a whole number of seconds from 1 minute to 365 days, got: ';
  const KEPT_FIX = '. Use a value that is known at synthesis, for example `Duration.hours(24)`.';
  const WINDOW = '`namespaces[0].resumeWindow` must be a whole number of seconds from 1 second to 365 days, got: ';
  const WINDOW_FIX = '. Use a value that is known at synthesis, for example `Duration.minutes(2)`.';
  const HTTPS_FIX = '. For example `https://example.eu.auth0.com/`.';
  const AUDIENCE_FIX = '. Use the audience that your tokens have in `aud`.';
  const REMOVAL_FIX = '. Use RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY.';
  const LEAVE = '. Omit it for the default.';
  const EXAMPLE = ". For example `[Namespace.durable('chat')]`.";

  test.each<[string, Partial<RealtimeApiProps>, string]>([
    ['no namespaces', { namespaces: [] }, `\`namespaces\` must contain at least one namespace, got: []${EXAMPLE}`],
    [
      'none given, from JavaScript',
      { namespaces: undefined },
      `\`namespaces\` must contain at least one namespace, got: []${EXAMPLE}`,
    ],
    [
      'a namespace twice',
      named('chat', 'chat'),
      `\`namespaces\` must contain each name once, got: ["chat","chat"]${EXAMPLE}`,
    ],
    ['a name in capitals', named('chat', 'Chat'), `\`namespaces[1].name\` ${NAME}"Chat"${NAME_FIX}`],
    ['a name that is empty', named(''), `\`namespaces[0].name\` ${NAME}""${NAME_FIX}`],
    ['a name that begins with a digit', named('1st'), `\`namespaces[0].name\` ${NAME}"1st"${NAME_FIX}`],
    ['a name with a colon', named('a:b'), `\`namespaces[0].name\` ${NAME}"a:b"${NAME_FIX}`],
    ['a name of 33', named('a'.repeat(33)), `\`namespaces[0].name\` ${NAME}"${'a'.repeat(33)}"${NAME_FIX}`],
    ['a name that is a token', named(TOKEN.text), `\`namespaces[0].name\` ${NAME}a token${NAME_FIX}`],
    ['retention too short', retention(Duration.seconds(59)), `${KEPT}Duration.seconds(59)${KEPT_FIX}`],
    ['retention too long', retention(Duration.days(366)), `${KEPT}Duration.days(366)${KEPT_FIX}`],
    ['retention of half a second', retention(Duration.millis(60_500)), `${KEPT}Duration.millis(60500)${KEPT_FIX}`],
    ['retention below a millisecond', retention(Duration.days(0.00001)), `${KEPT}Duration.days(0.00001)${KEPT_FIX}`],
    ['retention that is a token', retention(Duration.seconds(TOKEN.number)), `${KEPT}a token${KEPT_FIX}`],
    ['resume window of zero', resumeWindow(Duration.seconds(0)), `${WINDOW}Duration.seconds(0)${WINDOW_FIX}`],
    ['resume window too long', resumeWindow(Duration.days(366)), `${WINDOW}Duration.days(366)${WINDOW_FIX}`],
    ['resume window of a part', resumeWindow(Duration.millis(1_500)), `${WINDOW}Duration.millis(1500)${WINDOW_FIX}`],
    ['resume window a token', resumeWindow(Duration.seconds(TOKEN.number)), `${WINDOW}a token${WINDOW_FIX}`],
    [
      'more namespaces than a function has room for',
      named(...Array.from({ length: 60 }, (_, index) => `namespace-${index}`)),
      '`namespaces` must fit 3000 bytes of a function\'s environment, got: "3111 bytes for 60 namespaces". ' +
        'Use segments of channel names instead of more namespaces.',
    ],
    [
      'a table name with a slash',
      { messagesTableName: 'a/b' },
      `\`messagesTableName\` must be the name of a table in the region, got: "a/b"${LEAVE}`,
    ],
    ['rate of 0', { throttle: { rateLimit: 0 } }, `\`throttle.rateLimit\` must be greater than 0, got: 0${LEAVE}`],
    [
      'burst below 0',
      { throttle: { burstLimit: -1 } },
      `\`throttle.burstLimit\` must be greater than 0, got: -1${LEAVE}`,
    ],
    [
      'a rate that is no number',
      { throttle: { rateLimit: NaN } },
      `\`throttle.rateLimit\` must be greater than 0, got: NaN${LEAVE}`,
    ],
    [
      'no limit at all',
      { throttle: { rateLimit: Infinity } },
      `\`throttle.rateLimit\` must be greater than 0, got: Infinity${LEAVE}`,
    ],
    [
      'half a burst',
      { throttle: { burstLimit: 0.5 } },
      `\`throttle.burstLimit\` must be a whole number, got: 0.5${LEAVE}`,
    ],
    ['http', issuer({ issuer: 'http://a.b' }), `\`auth.issuer\` must be an https URL, got: "http://a.b"${HTTPS_FIX}`],
    ['no URL', issuer({ issuer: 'a.b' }), `\`auth.issuer\` must be an https URL, got: "a.b"${HTTPS_FIX}`],
    [
      'http, whatever follows',
      issuer({ issuer: `http://${TOKEN.text}` }),
      `\`auth.issuer\` must be an https URL, got: a token${HTTPS_FIX}`,
    ],
    [
      'no issuer, from JavaScript',
      issuer({ issuer: undefined }),
      `\`auth.issuer\` must be an https URL, got: undefined${HTTPS_FIX}`,
    ],
    [
      'keys by http',
      issuer({ jwksUri: 'http://a.b/keys' }),
      `\`auth.jwksUri\` must be an https URL, got: "http://a.b/keys"${HTTPS_FIX}`,
    ],
    ['an empty audience', issuer({ audience: ' ' }), `\`auth.audience\` must not be empty, got: " "${AUDIENCE_FIX}`],
    [
      'no audience, from JavaScript: not the network secret instead',
      issuer({ audience: undefined }),
      `\`auth.audience\` must not be empty, got: undefined${AUDIENCE_FIX}`,
    ],
    [
      'snapshot',
      { removalPolicy: RemovalPolicy.SNAPSHOT },
      `\`removalPolicy\` must be a policy that DynamoDB supports, got: "snapshot"${REMOVAL_FIX}`,
    ],
  ])('%s', (_, props, expected) => {
    expect(failure(props)).toBe(`61000 prop_invalid at Test/Realtime: ${expected}`);
  });

  test('given several invalid props, then one error reports all', () => {
    const message = failure({
      namespaces: [Namespace.durable('Chat', { retention: Duration.seconds(1) }), Namespace.durable('a b')],
      throttle: { rateLimit: 0, burstLimit: 0 },
      auth: RealtimeAuth.issuer({ issuer: 'http://a.b', audience: '' }),
    });
    expect(message.match(/`[\w.[\]]+` must/g)).toEqual([
      '`namespaces[0].name` must',
      '`namespaces[0].retention` must',
      '`namespaces[1].name` must',
      '`auth.issuer` must',
      '`auth.audience` must',
      '`throttle.rateLimit` must',
      '`throttle.burstLimit` must',
    ]);
    expect(message.match(/61000/g)).toHaveLength(1);
  });

  test('given a long invalid value, then the error cuts it', () => {
    expect(failure(named('A'.repeat(1_000))).length).toBeLessThan(500);
  });

  test('given an invalid prop, then nothing is created', () => {
    const stack = new Stack(new App(), 'Test');
    expect(() => new RealtimeApi(stack, 'Realtime', { namespaces: [] })).toThrow('61000');
    expect(stack.node.findChild('Realtime').node.children).toEqual([]);
  });
});

describe('RealtimeApi, given valid props', () => {
  test('when a retention is the shortest, the longest, or whole only in seconds, then it does not throw', () => {
    const namespaces = [
      Namespace.durable('shortest', { retention: Duration.minutes(1) }),
      Namespace.durable('longest', { retention: Duration.days(365) }),
      Namespace.durable('odd', { retention: Duration.minutes(1.5) }),
    ];
    const { template } = realtimeStack({ namespaces });
    const { Variables } = only(template(), 'AWS::Lambda::Function', (id) =>
      id.includes('FunctionsMessage'),
    ).Environment;
    const seconds = Object.values(JSON.parse(Variables.NAMESPACES as string)).map((one: any) => one.retention);
    expect(seconds).toEqual([60, 365 * 86_400, 90]);
  });

  test('when a namespace has a resume window, then the functions get it in seconds; the default is left out', () => {
    const windows = [undefined, Duration.minutes(2), Duration.seconds(1), Duration.days(365)];
    const namespaces = windows.map((value, index) => Namespace.durable(`n${index}`, { resumeWindow: value }));
    const { template } = realtimeStack({ namespaces });
    const { Variables } = only(template(), 'AWS::Lambda::Function', (id) =>
      id.includes('FunctionsMessage'),
    ).Environment;
    const seconds = Object.values(JSON.parse(Variables.NAMESPACES as string)).map((one: any) => one.resumeWindow);
    expect(seconds).toEqual([undefined, undefined, 1, 365 * 86_400]);
  });

  test('when the throttle is a token, then it does not throw', () => {
    const { template } = realtimeStack({ throttle: { rateLimit: TOKEN.number } });
    for (const [, { Properties }] of resources(template(), 'AWS::ApiGatewayV2::Stage')) {
      expect(Properties.DefaultRouteSettings.ThrottlingRateLimit).toEqual({ Ref: 'Parameter' });
    }
  });

  test('when issuer and audience are tokens, then it does not throw', () => {
    // GIVEN
    const stack = new Stack(new App(), 'Test');
    const pool = new UserPool(stack, 'Pool');

    // WHEN
    const auth = RealtimeAuth.issuer({
      issuer: pool.userPoolProviderUrl,
      audience: pool.addClient('Client').userPoolClientId,
    });

    // THEN
    expect(() => new RealtimeApi(stack, 'Realtime', { namespaces: [CHAT], auth })).not.toThrow();
    expect(readable(stack.resolve(auth.jwksUri))).toBe('${Pool.ProviderURL}/.well-known/jwks.json');
  });
});

test('given the package, then it exports only its public classes', () => {
  expect(Object.keys(lib).filter((name) => !/^[A-Z][a-z]/.test(name))).toEqual([]);
});
