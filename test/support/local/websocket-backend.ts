// A WebSocket API whose function logs every event and answers by the text of the message.
import { cloudOf, fn, type TestCloud } from './local-cloud';
import { type TestApi, WEBSOCKET_OUTPUTS, webSocketApi } from './local-websocket';

const clouds: TestCloud[] = [];
/** Stops the clouds of `startBackend`. */
export async function stopBackends(): Promise<void> {
  await Promise.all(clouds.map((one) => one.stop()));
}

/** Logs every event, and acts on a query or a message. */
const BACKEND = `
exports.handler = async (event) => {
  console.log('EVENT ' + JSON.stringify(event));
  const { requestContext: { eventType, routeKey }, body } = event;
  if (eventType === 'CONNECT') {
    const query = event.queryStringParameters ?? {};
    if (query.throw) throw new Error('no');
    if (query.odd) return 'nonsense';
    return { statusCode: Number(query.status ?? 200), headers: query.protocol ? { 'sec-websocket-protocol': query.protocol } : {} };
  }
  if (body === 'throw' || body === '{"action":"throw"}') throw new Error('no');
  if (body === 'hang') await new Promise((r) => setTimeout(r, 3_000));
  if (body === 'undefined') return undefined;
  if (body?.startsWith('long')) return { statusCode: 200, body: '\\u00e9'.repeat(Number(body.slice(5)) / 2) };
  if (body === 'extra') return { statusCode: 200, Data: 'x' };
  return { statusCode: 200, body: JSON.stringify({ routeKey, length: body?.length }) };
};`;

/** Starts a cloud with the backend behind the usual routes, and those of `api`. */
export function startBackend(
  api: Partial<TestApi> = {},
  options: Parameters<typeof cloudOf>[1] = {},
): Promise<TestCloud> {
  const routes = {
    $connect: { target: 'backend' },
    $disconnect: { target: 'backend' },
    $default: { target: 'backend', responds: true },
    quiet: { target: 'backend' },
    loud: { target: 'backend', responds: true },
    ...api.routes,
  };
  return startRoutes({ ...api, routes }, options);
}

/** Starts a cloud with the backend behind the routes of `api` only. */
export async function startRoutes(api: TestApi, options: Parameters<typeof cloudOf>[1] = {}): Promise<TestCloud> {
  const cloud = await cloudOf(
    { Backend: fn('backend', BACKEND), ...webSocketApi(api) },
    { template: WEBSOCKET_OUTPUTS, ...options },
  );
  clouds.push(cloud);
  return cloud;
}

/** Events that the backend received. */
export function events(of: TestCloud): any[] {
  const lines = of.logs.map(({ message }) => message).filter((message) => message.startsWith('EVENT '));
  return lines.map((line) => JSON.parse(line.slice('EVENT '.length)));
}

/** Close codes that `$disconnect` received. */
export function disconnects(of: TestCloud): number[] {
  return events(of).flatMap(({ requestContext: { disconnectStatusCode: code } }) => (code === undefined ? [] : [code]));
}
