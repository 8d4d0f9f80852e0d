// AWS's simple-websockets-chat-app, written anew from its algorithm: https://github.com/aws-samples/simple-websockets-chat-app
// One table with a row for each connection; a message is read from it by a Scan, and posted to every row's connection.
import type { Contender } from '../rig/contender';
import { peerDial, PeerStack } from './stack';

const STACK = 'ChatApp';

export const CHAT_APP: Contender = {
  ...{ name: 'chat-app', title: 'simple-websockets-chat-app', stack: STACK },
  build: (app, folder) => {
    const stack = new PeerStack(app, STACK, 'chat-app-handlers.ts', folder);
    const environment = { TABLE_NAME: stack.table('Connections', 'connectionId').tableName };
    stack.route('$connect', stack.function('connect', environment));
    stack.route('$disconnect', stack.function('disconnect', environment));
    stack.route('sendmessage', stack.function('sendMessage', environment));
  },
  dial: (rig) => peerDial(rig, STACK),
  publish: (data) => JSON.stringify({ action: 'sendmessage', data }),
};
