// Publishes under any order of answers, refusals, timeouts and lost connections.
import fc from 'fast-check';
import type { PublishOk } from '../../../protocol';
import { CHANNEL, type Sent, URL } from '../../support/client/client-harness';
import { idsOf, OTHER, PublishHarness, publishOk } from '../../support/client/publish-harness';

let client: PublishHarness;

type Step =
  | { readonly type: 'publish'; readonly channel: string; readonly size: number; readonly timeout: number | undefined }
  | { readonly type: 'serve' | 'lose' | 'again'; readonly pick: number }
  | { readonly type: 'refuse'; readonly pick: number; readonly error: 'throttled' | 'message_invalid' }
  | { readonly type: 'gateway' | 'drop' | 'open' | 'rotate' }
  | { readonly type: 'wait'; readonly ms: number };

/** A server that handles requests in any order, and recognizes a repeated publish by its whole batch. */
class Server {
  public readonly logs: Record<string, string[]> = { [CHANNEL]: [], [OTHER]: [] };
  /** Publishes by call: the channel, the ids, and whether they are published for the first time. */
  public readonly calls = new Map<number, { channel: string; ids: readonly string[]; isFirst: boolean }>();
  private readonly entries = new Map<string, number>();
  private readonly open = new Set<number>();
  private inbox: Sent[] = [];
  private opening: number[] = [];
  private lastId = 0;

  public constructor() {
    client.listener = (command) => {
      if (command.type === 'fetchToken') client.core.tokenReady(command.attempt, 'token');
      else if (command.type === 'open') this.opening.push(command.socket);
      else if (command.type === 'close') this.open.delete(command.socket);
      else if (command.type === 'send' && command.text.includes('publish'))
        this.inbox.push({ socket: command.socket, ...JSON.parse(command.text) });
    };
    client.core.connect();
  }

  public run(step: Step): void {
    const [socket] = this.open;
    switch (step.type) {
      case 'publish': {
        const all = Array.from({ length: step.size }, () => `m${(this.lastId += 1)}`);
        this.publish(step.channel, all, step.timeout, true);
        break;
      }
      case 'again': {
        // Once at a time, like an application that awaits the result.
        const failed = client.of('reject').map(({ call }) => this.calls.get(call)!);
        const all = failed[step.pick % Math.max(1, failed.length)];
        const last = [...this.calls].findLast(([, one]) => one.ids === all?.ids)?.[0] ?? 0;
        const outcome = client.outcome(last);
        if (all !== undefined && outcome !== undefined && 'error' in outcome)
          this.publish(all.channel, all.ids, undefined, false);
        break;
      }
      case 'serve':
      case 'lose':
        this.serve(step.pick, step.type === 'lose');
        break;
      case 'refuse': {
        const frame = this.take(step.pick);
        if (frame !== undefined && this.open.has(frame.socket)) client.refuse(frame, step.error);
        break;
      }
      case 'gateway':
        if (socket !== undefined) client.core.received(socket, '{"message":"Internal server error"}');
        break;
      case 'drop':
        if (socket === undefined) break;
        this.open.delete(socket);
        client.core.closed(socket);
        break;
      case 'open':
        for (const one of this.opening.splice(0)) {
          this.open.add(one);
          client.core.opened(one, URL);
        }
        break;
      case 'rotate':
        if (client.timers.has('rotate')) client.core.timer('rotate');
        break;
      case 'wait':
        client.advance(step.ms);
    }
  }

  private publish(channel: string, all: readonly string[], timeout: number | undefined, isFirst: boolean): void {
    const call = client.call((one) => {
      const messages = all.map((id) => ({ id, data: id }));
      client.core.call({ kind: 'publish', channel, fields: { messages }, call: one, timeout });
    });
    this.calls.set(call, { channel, ids: all, isFirst });
  }

  private serve(pick: number, isLost: boolean): void {
    const frame = this.take(pick);
    if (frame === undefined) return;
    const log = this.logs[frame.channel!]!;
    const entry = idsOf(frame).join();
    const found = (frame as { retry?: boolean }).retry === true ? this.entries.get(entry) : undefined;
    const seq = found ?? log.length + 1;
    if (found === undefined) log.push(...idsOf(frame));
    this.entries.set(entry, seq);
    if (!isLost && this.open.has(frame.socket)) client.reply(frame, publishOk(idsOf(frame), seq));
  }

  private take(pick: number): Sent | undefined {
    return this.inbox.length === 0 ? undefined : this.inbox.splice(pick % this.inbox.length, 1)[0];
  }
}

const pick = fc.nat(1_000);
const steps = fc.array(
  fc.oneof(
    {
      weight: 12,
      arbitrary: fc.record({
        type: fc.constant('publish' as const),
        channel: fc.constantFrom(CHANNEL, CHANNEL, OTHER),
        size: fc.constantFrom(1, 1, 1, 2, 20),
        timeout: fc.constantFrom(undefined, 50, 2_000),
      }),
    },
    { weight: 10, arbitrary: fc.record({ type: fc.constant('serve' as const), pick }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constantFrom('lose' as const, 'again' as const), pick }) },
    {
      weight: 3,
      arbitrary: fc.record({
        type: fc.constant('refuse' as const),
        pick,
        error: fc.constantFrom('throttled' as const, 'message_invalid' as const),
      }),
    },
    { weight: 6, arbitrary: fc.record({ type: fc.constantFrom('open', 'open', 'open', 'gateway', 'drop', 'rotate') }) },
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant('wait' as const), ms: fc.constantFrom(10, 60, 600, 3_000, 16_000) }),
    },
  ),
  { minLength: 10, maxLength: 100 },
);

const isRising = (numbers: readonly number[]): boolean => numbers.every((one, i) => i === 0 || numbers[i - 1]! < one);

test('for any schedule, then messages are sent and stored in the order of the calls, and each call settles once', () => {
  fc.assert(
    fc.property(steps, (schedule) => {
      client = new PublishHarness();
      const server = new Server();
      for (const step of schedule) server.run(step);
      client.advance(20_000);
      const settled = [...client.of('resolve'), ...client.of('reject')].map(({ call }) => call);
      expect(settled.sort((a, b) => a - b)).toEqual([...server.calls.keys()]);
      for (const channel of [CHANNEL, OTHER]) {
        // Ids count up in the order of the calls. Messages that are published again are not compared.
        const again = new Set([...server.calls.values()].flatMap((one) => (one.isFirst ? [] : one.ids)));
        const sent = [...new Set(client.frames(channel).flat())].filter((id) => !again.has(id));
        expect(isRising(sent.map((id) => Number(id.slice(1))))).toBe(true);
        const acknowledged = client.of('resolve').flatMap(({ call, value }) => {
          const one = server.calls.get(call)!;
          const { ids: those, seqs } = value as PublishOk;
          expect([those, seqs!.map((seq) => server.logs[one.channel]![seq - 1])]).toEqual([one.ids, one.ids]);
          return one.channel === channel && one.isFirst ? [[call, seqs![0]!] as const] : [];
        });
        expect(isRising(acknowledged.sort(([a], [b]) => a - b).map(([, seq]) => seq))).toBe(true);
      }
      // A retry has the same text. No timer is left.
      const texts = new Map<number, string>();
      for (const { text } of client.of('send').filter((one) => one.text.includes('publish'))) {
        const { id } = JSON.parse(text);
        const plain = text.replace(',"retry":true}', '}');
        expect(plain).toBe(texts.get(id) ?? plain);
        texts.set(id, plain);
      }
      expect([...client.timers.keys()].filter((name) => /^(publish|retry)/.test(name))).toEqual([]);
    }),
    { numRuns: Number(process.env.CLIENT_RUNS ?? 1_500) },
  );
}, 60_000);

test('given a server that keeps the order, for any schedule, then a message that is published again is stored once', () => {
  fc.assert(
    fc.property(steps, (schedule) => {
      client = new PublishHarness();
      const server = new Server();
      for (const step of schedule) {
        // A server that refuses for good what it stores when it is sent again is none.
        if (step.type === 'refuse') server.run({ ...step, pick: 0, error: 'throttled' });
        else server.run(step.type === 'serve' || step.type === 'lose' ? { ...step, pick: 0 } : step);
      }
      for (const log of Object.values(server.logs)) expect([...new Set(log)]).toEqual(log);
    }),
    { numRuns: Number(process.env.CLIENT_RUNS ?? 1_500) },
  );
}, 60_000);
