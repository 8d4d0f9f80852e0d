import { newConnectionId } from '../../local/services/apigateway/ids';
import { API_GATEWAY_LIMITS } from '../../lambda/adapters/api-gateway/limits';
import type { Subscriber } from '../../lambda/core/connections/connection-store';
import type { Layout } from './layouts';
import type { Cell } from './numbers';
import { bytesOf, type MeteredTable, replaying } from './table';

/** Number of subscribers that leave and are replaced, one at a time, before the layout is read. */
const VISITS = 100;
/** Length of the warm-up of decoding, and of its measurement. CPU milliseconds. */
const DECODING = 400;

/** Adds subscribers, and measures at each number of `sizes`. */
export async function measureLayout(
  table: MeteredTable,
  layout: Layout,
  sizes: readonly number[],
  decoding = DECODING,
): Promise<readonly Cell[]> {
  const present: Subscriber[] = [];
  const cells: Cell[] = [];
  let grown = 0;
  const join = async (): Promise<void> => {
    const connectedAt = Date.now();
    const one = { id: newConnectionId(), connectedAt, expiresAt: connectedAt + API_GATEWAY_LIMITS.maxConnectionLife };
    await layout.join(one);
    present.push(one);
  };
  for (const subscribers of sizes) {
    const growing = await table.using(async () => {
      while (present.length < subscribers) await join();
    });
    grown += growing.units.write;
    const visits = { joins: 0, leaves: 0 };
    const count = Math.min(VISITS, subscribers);
    for (let i = 0; i < count; i++) {
      // Spread over all subscribers, so that the order of joins gives no layout an advantage.
      const [leaver] = present.splice(Math.floor((i * present.length) / count), 1);
      if (leaver === undefined) continue;
      visits.leaves += (await table.using(() => layout.leave(leaver))).units.write;
      visits.joins += (await table.using(join)).units.write;
    }
    let found = 0;
    const read = await table.using(async () => {
      found = await layout.read(table.client);
    });
    if (found !== subscribers) throw new Error(`${layout.title}: ${found} of ${subscribers} subscribers were read`);
    cells.push({
      layout: layout.title,
      subscribers,
      growing: grown / subscribers,
      join: visits.joins / count,
      leave: visits.leaves / count,
      reads: read.units.read,
      pages: read.pages.length,
      bytes: bytesOf(read.pages) / subscribers,
      decoding: await decode(layout, read.pages, subscribers, decoding),
    });
  }
  return cells;
}

/** CPU milliseconds of this process, in which nothing else runs at that time. */
async function decode(
  layout: Layout,
  pages: readonly Uint8Array[],
  subscribers: number,
  atLeast: number,
): Promise<number> {
  const client = replaying(pages);
  const round = async (): Promise<void> => {
    const found = await layout.read(client);
    if (found !== subscribers) throw new Error(`${layout.title}: ${found} of ${subscribers} subscribers were decoded`);
  };
  await repeat(round, atLeast);
  return repeat(round, atLeast);
}

/** CPU milliseconds per round. Repeats the round until all rounds together have taken at least `atLeast`. */
async function repeat(round: () => Promise<void>, atLeast: number): Promise<number> {
  const before = process.cpuUsage();
  for (let rounds = 1; ; rounds++) {
    await round();
    const { user, system } = process.cpuUsage(before);
    const used = (user + system) / 1_000;
    if (used >= atLeast) return used / rounds;
  }
}
