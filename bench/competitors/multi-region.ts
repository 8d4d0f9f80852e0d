// AWS's sample of a WebSocket API in several regions, written anew from its algorithm, in one region:
// https://github.com/aws-samples/multi-region-websocket-api
// A message becomes an event on a bus of EventBridge, whose rule invokes the function that queries the connections and posts to
// each, and passes it to the buses of other regions. The local cloud has no EventBridge: the first function invokes the second,
// asynchronously, which is faster, and takes one request as putting an event does.
import type { Contender } from '../rig/contender';
import { peerDial, PeerStack } from './stack';

const STACK = 'MultiRegion';

export const MULTI_REGION: Contender = {
  ...{ name: 'multi-region', title: 'multi-region-websocket-api', stack: STACK },
  build: (app, folder) => {
    const stack = new PeerStack(app, STACK, 'multi-region-handlers.ts', folder);
    const environment = { TABLE_NAME: stack.table('Connections', 'chatId', 'connectionId').tableName };
    const connection = stack.function('connection', environment);
    const processEvent = stack.function('processEvent', environment);
    stack.route('$connect', connection);
    stack.route('$disconnect', connection);
    stack.route('$default', stack.function('request', { PROCESS_FUNCTION: processEvent.functionName }));
  },
  dial: (rig) => peerDial(rig, STACK),
  // The sender gets nothing.
  publisher: (rig) => peerDial(rig, STACK),
  publish: (text) => text,
};
