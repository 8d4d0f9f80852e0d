// aws-lambda-graphql, reimplemented from its algorithm: https://github.com/michalkvasnicak/aws-lambda-graphql
// Publishing puts an event into a table, whose stream invokes the processor. The processor queries the subscriptions by the event's
// name, 50 per page, executes the GraphQL operation of each, and posts the result. The local cloud has no streams: here the publisher
// invokes the processor asynchronously, which is faster. The execution of operations and the checks when a client subscribes
// are left out, which saves the library work.
import type { Contender } from '../rig/contender';
import { competitorDial, CompetitorStack } from './stack';

const STACK = 'GraphQl';

export const GRAPHQL: Contender = {
  name: 'graphql',
  title: 'aws-lambda-graphql',
  stack: STACK,
  build: (app, folder) => {
    const stack = new CompetitorStack(app, STACK, 'graphql-handlers.ts', folder);
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
    // The library does not answer a subscription, but the bench must know when it is stored.
    stack.route('$default', webSocket, true);
  },
  dial: (rig) => competitorDial(rig, STACK, [operation('subscription { message }', {})]),
  publisher: (rig) => competitorDial(rig, STACK),
  publish: (text) => operation('mutation ($text: String!) { send(text: $text) }', { text }),
};

function operation(query: string, variables: object): string {
  return JSON.stringify({ type: 'start', id: '1', payload: { query, variables } });
}
