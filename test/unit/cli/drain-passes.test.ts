// `drain` in passes: how long it waits for connections and DNS, and when it ends.
import { DNS_TIME, moveAway, type Moving } from '../../../cli/network/move-connections';
import type { MoveAnswer } from '../../../lib/contract/drain-function';
import { builtCli } from '../../support/built';
import { run } from '../../support/local/cli';
import { DrainedNetwork } from '../../support/local/drained-network';

const LOAD = { connections: 50, within: 60_000, problem: undefined };

let aws: DrainedNetwork;
beforeAll(() => {
  builtCli();
}, 60_000);
beforeEach(async () => {
  aws = new DrainedNetwork();
  await aws.start();
});
afterEach(() => aws.stop());

describe('the passes of drain', () => {
  /** Passes one after the other, on a clock that only waiting moves. */
  async function passes(pages: readonly Partial<MoveAnswer>[], moving: Partial<Moving> = {}) {
    const said: string[] = [];
    const events: (string | number)[] = [];
    let now = 1_000_000;
    const control = {
      count: (region: string) => {
        events.push(`count ${region}`);
        return Promise.resolve({ connections: 1, within: 20_000 });
      },
      move: (_: string, within: number) => {
        events.push(within);
        const page = pages[events.filter((one) => typeof one === 'number').length - 1];
        if (page === undefined) return Promise.reject(new Error('it went down'));
        return Promise.resolve({ moved: 0, gone: 0, failed: 0, ...page });
      },
    };
    const wait = (time: number): Promise<void> => {
      events.push(`wait ${time}`);
      now += time;
      return Promise.resolve();
    };
    const outcome = await moveAway(
      { control, print: (text) => said.push(text), now: () => now, wait },
      {
        region: 'eu-west-1',
        since: now,
        fixedWithin: undefined,
        isRepeated: true,
        load: LOAD,
        ...moving,
      },
    );
    return { outcome, events, said };
  }

  test('each pass waits until the connections before have moved and DNS has changed, until the region is empty', async () => {
    const { outcome, events, said } = await passes([{ moved: 50, failed: 2 }, { moved: 3, gone: 1 }, {}]);
    expect(events).toEqual([
      ...[60_000, 'wait 150000', 'count eu-west-1'],
      ...[20_000, 'wait 110000', 'count eu-west-1'],
      20_000,
    ]);
    expect(outcome).toEqual({ moved: 53, gone: 1, failed: 0, problem: undefined, isEmpty: true });
    expect(said).toEqual([
      '  asked 50 to move',
      '  next pass in 150 s, for clients that connect until then (Ctrl-C stops; the region stays drained)',
      '  asked 3 to move',
      '  next pass in 110 s, for clients that connect until then (Ctrl-C stops; the region stays drained)',
      '  asked 0 to move',
    ]);
  });

  test('given an empty region, then a second pass follows after DNS has changed', async () => {
    const { outcome, events } = await passes([{}, {}]);
    expect([outcome.isEmpty, events.at(1)]).toEqual([true, 'wait 150000']);
    const drainedBefore = await passes([{}], { since: 1_000_000 - DNS_TIME });
    expect([drainedBefore.outcome.isEmpty, drainedBefore.events]).toEqual([true, [60_000]]);
  });

  test('given a fixed time, then every pass uses it', async () => {
    const { events } = await passes([{ moved: 1 }, {}], { fixedWithin: 30_000, load: { ...LOAD, within: 30_000 } });
    expect(events).toEqual([30_000, 'wait 120000', 'count eu-west-1', 30_000]);
  });

  test('when connections could not be reached, then the region is not empty', async () => {
    expect((await passes([{}, { failed: 1 }, { moved: 1 }, {}])).outcome).toMatchObject({ moved: 1, isEmpty: true });
  });

  test('passes end after ten, or when the region stops answering', async () => {
    const { outcome, events } = await passes(Array(20).fill({ moved: 1 }));
    expect([outcome.moved, outcome.isEmpty, events.at(-1)]).toEqual([10, false, 20_000]);
    const broken = await passes([{ moved: 1 }]);
    expect(broken.outcome).toMatchObject({ moved: 1, isEmpty: false, problem: 'it went down' });
  });

  test('given an empty region that was drained long ago, then the command ends after one pass', async () => {
    aws.marks.set('eu-west-1', 1);
    aws.pages = [{ moved: 0, gone: 2, failed: 0 }];
    const { stdout } = await run(['drain', 'eu-west-1', '--yes'], { folder: aws.folderOf('rt.example') });
    expect(stdout).toContain(
      '0 connections were asked to move, 2 were already closed.\nThe region has no connections any more.\n',
    );
  });

  test('given a network without a domain, then there is one pass, and no redirection is promised', async () => {
    const { stdout } = await run(['drain', 'eu-west-1', '--yes'], { folder: aws.folderOf(undefined) });
    expect(stdout).toContain('New connections are not redirected, because the network has no domain.\n');
    expect(stdout).toContain(
      'Clients with its address still connect. Remove the address from them, then run this again.\n',
    );
    expect(stdout).not.toContain('go to');
  });

  test('given a network by name only, then the output depends on whether it has a domain', async () => {
    const network = ['--network', 'chat', '--regions', 'eu-west-1,us-east-1'];
    const { stdout } = await aws.inAws('drain', 'eu-west-1', ...network, '--yes', '--once');
    expect(stdout).toContain('New connections go to us-east-1, if the network has a domain.\n');
  });
});
