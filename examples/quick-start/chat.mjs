// A chat in the terminal: prints the messages of chat:lobby, and publishes each line that you type.
import { createInterface } from 'node:readline';
import { RealtimeClient } from 'cdk-realtime-client';
import WebSocket from 'ws';

const [url, token] = process.argv.slice(2);
if (token === undefined) {
  console.error('Usage: node chat.mjs <webSocketUrl> <token>');
  process.exit(2);
}

const client = new RealtimeClient({ url, token, webSocket: WebSocket });
const lobby = client.channel('chat:lobby');
lobby.on('state', (state, error) => console.error(error === undefined ? `(${state})` : `(${state}: ${error.message})`));
lobby.on('gap', ({ reason }) => console.error(`(messages are missing: ${reason})`));
// The last 10 messages first, then new ones. After a dropout, the client resumes without loss.
lobby.subscribe(({ from, data }) => console.log(`${from}: ${data.text}`), { rewind: { last: 10 } });

for await (const text of createInterface({ input: process.stdin })) {
  await lobby.publish({ text }); // resolves once the message is stored
}
client.close();
