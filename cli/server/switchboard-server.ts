// HTTP API of the local cloud's switchboard: `GET /cloud/state`, `GET /cloud/events` (server-sent events), `GET /cloud/usage` (billed
// usage), `POST /cloud/switch`.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Switchboard } from '../../local';
import { RealtimeError } from '../../protocol';
import { asCatalogError } from '../errors';

/** Maximum length of a command. Bytes. */
const MAX_COMMAND = 10_000;

export function serveSwitchboard(
  switchboard: Switchboard,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const route = `${request.method ?? ''} ${path}`;
  if (route === 'GET /cloud/state') send(response, 200, switchboard.state());
  else if (route === 'GET /cloud/usage') send(response, 200, switchboard.usage());
  else if (route === 'GET /cloud/events') sendEvents(switchboard, response);
  else if (route === 'POST /cloud/switch') void carryOut(switchboard, request, response);
  else send(response, 404, { message: 'Use GET /cloud/state, /cloud/usage, /cloud/events, or POST /cloud/switch.' });
}

async function carryOut(switchboard: Switchboard, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    // A page of another origin can't send this type without a CORS preflight, which is not answered.
    if (request.headers['content-type'] !== 'application/json') {
      throw new RealtimeError('switch_invalid', 'The content-type must be application/json.');
    }
    await switchboard.apply(await readJson(request));
    send(response, 200, switchboard.state());
  } catch (error) {
    const known = asCatalogError(error);
    send(response, known.status, { error: known.toWire() });
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request as AsyncIterable<Buffer>) {
    text += chunk.toString();
    if (text.length > MAX_COMMAND)
      throw new RealtimeError('switch_invalid', `The command is too long: at most ${MAX_COMMAND} bytes.`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new RealtimeError('switch_invalid', 'The command must be JSON.', { cause });
  }
}

function sendEvents(switchboard: Switchboard, response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  const end = switchboard.subscribe((state) => {
    response.write(`data: ${JSON.stringify(state)}\n\n`);
  });
  response.on('close', end);
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
