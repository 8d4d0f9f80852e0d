// AWS's sample of a WebSocket API in several regions, reimplemented from its algorithm, in one region:
// https://github.com/aws-samples/multi-region-websocket-api
// A message becomes an event of EventBridge. A rule invokes the function that queries the connections and posts to each, and forwards
// the event to the buses of other regions. The local cloud has no EventBridge: here the first function invokes the second
// asynchronously, which is faster, and takes one request, like putting an event.
import type { Contender } from '../rig/contender';
import { competitorDial, CompetitorStack } from './stack';

const STACK = 'MultiRegion';

export const MULTI_REGION: Contender = {
  name: 'multi-region',
  title: 'multi-region-websocket-api',
  stack: STACK,
  build: (app, folder) => {
    const stack = new CompetitorStack(app, STACK, 'multi-region-handlers.ts', folder);
    const environment = { TABLE_NAME: stack.table('Connections', 'chatId', 'connectionId').tableName };
    const connection = stack.function('connection', environment);
    const processEvent = stack.function('processEvent', environment);
    stack.route('$connect', connection);
    stack.route('$disconnect', connection);
    stack.route('$default', stack.function('request', { PROCESS_FUNCTION: processEvent.functionName }));
  },
  dial: (rig) => competitorDial(rig, STACK),
  // The sender does not receive its message.
  publisher: (rig) => competitorDial(rig, STACK),
  publish: (text) => text,
};
