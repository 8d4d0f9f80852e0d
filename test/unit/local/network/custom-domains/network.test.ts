// A network of two regions from templates: names, health checks and the custom domain server in front of real APIs.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Cloud, startCloud } from '../../../../../local';
import { arnOfFunction, assemblyOf, fn, type Resources, temporaryFolder } from '../../../../support/local/local-cloud';
import { until } from '../../../../support/until';
import { connect, webSocketApi } from '../../../../support/local/local-websocket';
import { ManualClock } from '../../../../support/manual-clock';
import { DOMAIN, mappingsOf, regionalNames, routing } from '../../../../support/templates/routing-templates';

const REGIONS = ['eu-west-1', 'us-east-1'];
const folder = temporaryFolder();

/** Responses of the region's `/health` and `/evacuated/…`, read from a file at each request. */
function say(region: string, state: { health: number; evacuated: readonly string[] }): void {
  writeFileSync(path.join(folder, region), JSON.stringify(state));
}

const HEALTH = `
const { readFileSync } = require('node:fs');
exports.handler = async ({ rawPath }) => {
  const state = JSON.parse(readFileSync(process.env.FOLDER + '/' + process.env.AWS_REGION, 'utf8'));
  if (rawPath === '/health') return { statusCode: state.health };
  const asked = rawPath.replace('/evacuated/', '');
  return { evacuated: state.evacuated.includes(asked) ? asked : null };
};`;

function httpApi(): Resources {
  const ApiId = { Ref: 'Api' };
  return {
    Health: fn('health', HEALTH, { Environment: { Variables: { FOLDER: folder } } }),
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { ProtocolType: 'HTTP', Name: 'http' } },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { ApiId, StageName: '$default' } },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        ApiId,
        IntegrationType: 'AWS_PROXY',
        PayloadFormatVersion: '2.0',
        IntegrationUri: arnOfFunction('health'),
      },
    },
    Route: {
      Type: 'AWS::ApiGatewayV2::Route',
      Properties: { ApiId, RouteKey: '$default', Target: { 'Fn::Sub': 'integrations/${Integration}' } },
    },
  };
}

const WHERE = 'exports.handler = async ({ body }) => ({ statusCode: 200, body: process.env.AWS_REGION + " " + body });';

const clock = new ManualClock();
let cloud: Cloud;
beforeAll(async () => {
  for (const region of REGIONS) say(region, { health: 200, evacuated: [] });
  const stacksOf = (region: string): Parameters<typeof assemblyOf>[0] => ({
    [`Names-${region}`]: { region, template: { Resources: regionalNames(region) } },
    [`WebSocket-${region}`]: {
      region,
      dependencies: [`Names-${region}`],
      template: {
        Resources: {
          Where: fn('where', WHERE),
          ...webSocketApi({ routes: { $default: { target: 'where', responds: true } } }),
          ...mappingsOf(region, 'ws', 'v1'),
        },
      },
    },
    [`Http-${region}`]: {
      region,
      dependencies: [`Names-${region}`],
      template: { Resources: { ...httpApi(), ...mappingsOf(region, 'http', '$default') } },
    },
  });
  cloud = await startCloud({
    clock,
    assembly: assemblyOf({
      ...Object.assign({}, ...REGIONS.map(stacksOf)),
      Routing: {
        region: 'us-east-1',
        template: { Resources: routing(REGIONS), Outputs: { ws: { Value: `wss://ws.${DOMAIN}` } } },
      },
    }),
  });
});
afterAll(() => cloud.stop());

/** Lets rounds of ten seconds pass: the interval of the checks of `/health`, and a third of that of the others. */
async function checked(rounds: number): Promise<void> {
  for (let i = 0; i < rounds; i += 1) {
    clock.advance(10_000);
    const haveAsked = (): boolean =>
      cloud.route53.healthChecks.every(
        ({ check, last }) =>
          check.kind !== 'endpoint' || (last !== undefined && clock.now() - last.time < check.interval),
      );
    await until(haveAsked, 'every health check has asked');
  }
}

/** Region that answers a client in Europe, on a new connection. */
async function answers(): Promise<string> {
  const ws = cloud.regions.at(-1)!.stacks.find(({ name }) => name === 'Routing')!.outputs.ws!;
  const client = await connect({ outputs: { ws } }, { query: '?location=eu-central-1' });
  const text = await client.ask('hello');
  client.socket.terminate();
  return text;
}

test('when a region fails or is drained, then the name of the network moves, and returns', async () => {
  // The evacuation checks are inverted: they need results first.
  await until(() => cloud.route53.healthChecks.filter(({ last }) => last !== undefined).length === 4, 'all have asked');
  expect(cloud.route53.resolve(`ws.${DOMAIN}`, 'eu-central-1')).toMatchObject({ region: 'eu-west-1', healthy: false });
  await checked(6);
  expect(cloud.route53.resolve(`ws.${DOMAIN}`, 'eu-central-1')).toMatchObject({ region: 'eu-west-1', healthy: true });
  expect(await answers()).toBe('eu-west-1 hello');

  say('eu-west-1', { health: 503, evacuated: [] });
  await checked(2);
  expect(await answers()).toBe('eu-west-1 hello');
  await checked(1);
  expect(await answers()).toBe('us-east-1 hello');
  expect((await fetch(`${cloud.customDomains!.url}/http-eu-west-1.${DOMAIN}/health`)).status).toBe(503);

  say('eu-west-1', { health: 200, evacuated: [] });
  await checked(3);
  expect(await answers()).toBe('eu-west-1 hello');

  // The peer reports Europe as drained.
  say('us-east-1', { health: 200, evacuated: ['eu-west-1'] });
  await checked(9);
  expect(await answers()).toBe('us-east-1 hello');
  say('us-east-1', { health: 200, evacuated: [] });
  await checked(9);
  expect(await answers()).toBe('eu-west-1 hello');
});

test('given API mappings, then requests reach stage and path', async () => {
  const { url } = cloud.customDomains!;
  const evacuated = await fetch(`${url}/http.${DOMAIN}/evacuated/x?location=us-east-1`);
  expect(await evacuated.json()).toEqual({ evacuated: null });
  expect((await fetch(`${url}/http-us-east-1.${DOMAIN}/health`)).status).toBe(200);
  // A WebSocket API rejects a request without an upgrade.
  expect((await fetch(`${url}/ws.${DOMAIN}/`)).status).toBe(403);
});

test('when the cloud stops, then connections through the custom domain server close with a close frame', async () => {
  const client = await connect({ outputs: { ws: `${cloud.customDomains!.url.replace('http', 'ws')}/ws.${DOMAIN}` } });
  expect(client.status).toBe(101);
  await cloud.stop();
  expect((await client.closed).code).toBe(1001);
  await expect(fetch(cloud.customDomains!.url)).rejects.toThrow('fetch failed');
});
