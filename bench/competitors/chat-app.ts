// AWS's simple-websockets-chat-app, reimplemented from its algorithm: https://github.com/aws-samples/simple-websockets-chat-app
// One table has a row for each connection. A message causes a Scan of it, and a post to the connection of every row.
import type { Contender } from '../rig/contender';
import { competitorDial, CompetitorStack } from './stack';

const STACK = 'ChatApp';

export const CHAT_APP: Contender = {
  name: 'chat-app',
  title: 'simple-websockets-chat-app',
  stack: STACK,
  build: (app, folder) => {
    const stack = new CompetitorStack(app, STACK, 'chat-app-handlers.ts', folder);
    const environment = { TABLE_NAME: stack.table('Connections', 'connectionId').tableName };
    stack.route('$connect', stack.function('connect', environment));
    stack.route('$disconnect', stack.function('disconnect', environment));
    stack.route('sendmessage', stack.function('sendMessage', environment));
  },
  dial: (rig) => competitorDial(rig, STACK),
  publish: (data) => JSON.stringify({ action: 'sendmessage', data }),
};
