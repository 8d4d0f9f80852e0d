// Publishes in flight while the client moves: they stay on the old socket until it answers or its time is up.
import { DRAIN_TIMEOUT } from '../../../client/src/core/connection/draining';
import { ELSEWHERE } from '../../support/client/client-harness';
import { MoveHarness } from '../../support/client/move-harness';

const MINUTE = 60_000;
const [, ALSO] = ELSEWHERE;

let client: MoveHarness;
beforeEach(() => {
  client = new MoveHarness();
});

describe('publishes in flight', () => {
  const ok = (id = 'x'): object => ({ origin: 'eu-west-1', epoch: 'e', seqs: [1], ids: [id] });
  const sent = (): (readonly [number, boolean])[] =>
    client.sent('publish').map((one) => [one.socket, 'retry' in one] as const);
  const closed = (): number[] => client.of('close').map(({ socket }) => socket);

  /** One publish is under way on the old connection, and the new one is in use. */
  function publishInFlight(): { old: number; successor: number; call: number } {
    const old = client.live(1);
    client.move(10_000);
    client.fire('rotate');
    const call = client.publish('first', 'x');
    const successor = client.openNext();
    client.answer({}, successor);
    return { old, successor, call };
  }

  test('when the old socket answers, then it is closed; new publishes use the successor', () => {
    const { old, successor, call } = publishInFlight();
    client.publish('second');
    client.publish('elsewhere', 'y', undefined, 'chat:other');
    expect([sent(), closed()]).toEqual([
      [
        [old, false],
        [successor, false],
      ],
      [],
    ]);
    client.reply(client.sent('publish', old)[0]!, ok());
    expect(client.outcome(call)).toEqual({ value: ok() });
    expect([sent().slice(2), closed()]).toEqual([[[successor, false]], [old]]);
    client.advance(10_000);
    expect(sent()).toHaveLength(3);
  });

  test('when there is no answer within 5 seconds, then they are sent again', () => {
    const { old, successor } = publishInFlight();
    client.advance(DRAIN_TIMEOUT - 1);
    expect([sent(), closed()]).toEqual([[[old, false]], []]);
    client.advance(1);
    expect([sent().slice(1), closed()]).toEqual([[[successor, true]], [old]]);
  });

  test('when the old socket is lost, then they are sent again at once', () => {
    const { old, successor } = publishInFlight();
    client.core.closed(old);
    expect([sent().slice(1), closed()]).toEqual([[[successor, true]], []]);
    expect(client.timers.has('drain')).toBe(false);
  });

  test('when the old socket answers with a retryable error, then they are retried on it', () => {
    const { old } = publishInFlight();
    client.refuse(client.sent('publish')[0]!, 'store_unavailable');
    client.advance(1_000);
    expect(sent().slice(1)).toEqual([[old, true]]);
  });

  test('when the old socket refuses the token, then they are sent again at once', () => {
    const { old, successor } = publishInFlight();
    const tokens = client.of('fetchToken').length;
    client.refuse(client.sent('publish')[0]!, 'token_expired');
    expect([sent().slice(1), closed(), client.of('fetchToken').length]).toEqual([[[successor, true]], [old], tokens]);
  });

  test('given an old socket that refused the token before, then they are sent again at once', () => {
    const old = client.live(1);
    client.publish('first');
    client.refuse(client.sent('publish')[0]!, 'token_expired');
    const successor = client.openNext();
    client.answer({}, successor);
    expect([sent().slice(1), closed()]).toEqual([[[successor, true]], [old]]);
  });

  test('when the successor is lost meanwhile, then the old socket still answers', () => {
    const { old, successor, call } = publishInFlight();
    client.core.closed(successor);
    client.advance(500);
    client.openNext();
    client.reply(client.sent('publish', old)[0]!, ok());
    expect([sent(), client.outcome(call), closed()]).toEqual([[[old, false]], { value: ok() }, [old]]);
  });

  test('when the successor moves too, then they are sent again on it, and its answer settles them', () => {
    const { old, successor } = publishInFlight();
    client.move(0, [ALSO], successor);
    client.fire('rotate');
    const last = client.openNext();
    client.answer({}, last);
    expect([sent().slice(1), closed()]).toEqual([[[successor, true]], [old]]);
    client.reply(client.sent('publish', successor)[0]!, ok());
    expect(closed()).toEqual([old, successor]);
  });

  test('when the draining socket pushes messages or a move, then they are ignored', () => {
    const { old, successor } = publishInFlight();
    client.move(0, [ALSO], old);
    client.unsubscribe();
    client.reply(client.sent('unsubscribe')[0]!, {});
    client.push([2], { socket: old });
    expect([client.seqs, client.sent('unsubscribe').map(({ socket }) => socket)]).toEqual([[], [successor]]);
    expect(client.moveDelay).toBeGreaterThan(100 * MINUTE);
  });

  test.each(['close', 'reconnect'] as const)('when %s() is called, then both sockets are closed', (act) => {
    const { old, successor } = publishInFlight();
    client.core[act]();
    expect(closed().toSorted((a, b) => a - b)).toEqual([old, successor]);
    expect(client.timers.has('drain')).toBe(false);
    expect(sent()).toEqual([[old, false]]);
  });
});
