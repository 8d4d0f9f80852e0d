// aws-lambda-graphql, written anew from its algorithm: https://github.com/michalkvasnicak/aws-lambda-graphql
// Publishing puts an event into a table, whose stream invokes the processor: it queries the subscriptions by the event's name, 50
// a page, executes each one's GraphQL operation, and posts the result. The local cloud has no streams: the publisher invokes the
// processor itself, asynchronously, which is faster. Executing is left out, and so is what the library checks first when a client
// subscribes: both are work that it does besides.
import type { Contender } from '../rig/contender';
import { peerDial, PeerStack } from './stack';

const STACK = 'GraphQl';

export const GRAPHQL: Contender = {
  ...{ name: 'graphql', title: 'aws-lambda-graphql', stack: STACK },
  build: (app, folder) => {
    const stack = new PeerStack(app, STACK, 'graphql-handlers.ts', folder);
    const environment = {
      CONNECTIONS_TABLE: stack.table('Connections', 'id').tableName,
      SUBSCRIPTIONS_TABLE: stack.table('Subscriptions', 'event', 'subscriptionId').tableName,
      OPERATIONS_TABLE: stack.table('SubscriptionOperations', 'subscriptionId').tableName,
      EVENTS_TABLE: stack.table('Events', 'id').tableName,
    };
    const processor = stack.function('processEvents', environment);
    const webSocket = stack.function('webSocket', { ...environment, PROCESSOR: processor.functionName });
    stack.route('$connect', webSocket);
    stack.route('$disconnect', webSocket);
    // The library answers a subscription with nothing; the bench has to know when it stands.
    stack.route('$default', webSocket, true);
  },
  dial: (rig) => peerDial(rig, STACK, [operation('subscription { message }', {})]),
  publisher: (rig) => peerDial(rig, STACK),
  publish: (text) => operation('mutation ($text: String!) { send(text: $text) }', { text }),
};

function operation(query: string, variables: object): string {
  return JSON.stringify({ type: 'start', id: '1', payload: { query, variables } });
}
