import { ConnectionRegistry } from '../../../../../lambda/core/connections/connection-registry';
import { MemoryConnections } from '../../../../support/memory/memory-connections';

const limits = { maxConnectionLife: 60_000, maxFrameBytes: 1 };
const opened = { id: 'c', connectedAt: 1_000, identity: { clientId: 'ada', expires: 30 } };

test('when a connection opens, then it is recorded until its token expires or its life is over', async () => {
  const connections = new MemoryConnections();
  const open = jest.spyOn(connections, 'open');
  await new ConnectionRegistry(connections, limits).connect(opened);
  expect(open.mock.calls).toEqual([[{ id: 'c', clientId: 'ada', connectedAt: 1_000, expiresAt: 30_000 }]]);
});

test('given a connection without subscriptions, when it closes, then no rows are deleted but its own', async () => {
  const connections = new MemoryConnections();
  const registry = new ConnectionRegistry(connections, limits);
  await registry.connect(opened);
  const remove = jest.spyOn(connections, 'removeSubscribers');
  expect(await registry.close('c')).toEqual({ channels: 0 });
  expect(remove).not.toHaveBeenCalled();
});
