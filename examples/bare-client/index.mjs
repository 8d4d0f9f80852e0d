// Talks to a cdk-realtime network with nothing but a WebSocket.
import WebSocket from 'ws';

const [url, token] = process.argv.slice(2);
if (token === undefined) {
  console.error('Usage: node index.mjs <wsUrl> <token>');
  process.exit(2);
}
const socket = new WebSocket(url, ['cdk-realtime.v1', `cdk-realtime.token.${token}`]);
const send = (frame) => socket.send(JSON.stringify(frame));

socket.on('open', () => send({ action: 'subscribe', id: 1, channel: 'chat:bare' }));
socket.on('message', (data) => {
  const frame = JSON.parse(data);
  console.log(JSON.stringify(frame));
  if (frame.error) process.exit(1);
  // Subscribed: publish something. It comes back as a push, because we are a subscriber too.
  if (frame.id === 1) send({ action: 'publish', id: 2, channel: 'chat:bare', messages: [{ data: { text: 'hello' } }] });
  if (frame.push === 'messages') socket.close();
});
socket.on('close', () => process.exit(0));
socket.on('error', (error) => {
  console.error(error.message);
  process.exit(1);
});
