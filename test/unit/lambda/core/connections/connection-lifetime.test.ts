import { connectionOf } from '../../../../../lambda/core/connections/connection-lifetime';

const openedUntil = (expires: number) => ({ id: 'c', connectedAt: 1_000, identity: { clientId: 'ada', expires } });
const limits = { maxConnectionLife: 60_000 };

test('given a token that expires first, then the rows count until it expires', () => {
  expect(connectionOf(openedUntil(30), limits)).toEqual({
    id: 'c',
    clientId: 'ada',
    connectedAt: 1_000,
    expiresAt: 30_000,
  });
});

test('given a token that outlives the connection, then the rows count until the transport must have closed it', () => {
  expect(connectionOf(openedUntil(3_600), limits).expiresAt).toBe(61_000);
});
