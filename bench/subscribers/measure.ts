import { newConnectionId } from '../../local/services/apigateway/ids';
import { API_GATEWAY_LIMITS } from '../../lambda/adapters/callbacks/limits';
import type { Subscriber } from '../../lambda/core/connections/connection-store';
import type { Layout } from './layouts';
import type { Cell } from './numbers';
import { bytesOf, type MeteredTable, replaying } from './table';

/** So many leave, and others come, one at a time, before the layout is read. */
const VISITS = 100;
/** Of decoding: before it counts, and again then. Milliseconds of CPU. */
const DECODING = 400;

/** Lets ever more in, and measures at each number. */
export async function measureLayout(
  table: MeteredTable,
  layout: Layout,
  sizes: readonly number[],
  decoding = DECODING,
): Promise<readonly Cell[]> {
  const present: Subscriber[] = [];
  const cells: Cell[] = [];
  let grown = 0;
  const come = async (): Promise<void> => {
    const connectedAt = Date.now();
    const one = { id: newConnectionId(), connectedAt, expiresAt: connectedAt + API_GATEWAY_LIMITS.maxConnectionLife };
    await layout.join(one);
    present.push(one);
  };
  for (const subscribers of sizes) {
    const growing = await table.using(async () => {
      while (present.length < subscribers) await come();
    });
    grown += growing.units.write;
    const visits = { joins: 0, leaves: 0 };
    const many = Math.min(VISITS, subscribers);
    for (let i = 0; i < many; i++) {
      // Anybody, so that no layout gains from who was first.
      const [leaver] = present.splice(Math.floor((i * present.length) / many), 1);
      if (leaver === undefined) continue;
      visits.leaves += (await table.using(() => layout.leave(leaver))).units.write;
      visits.joins += (await table.using(come)).units.write;
    }
    let found = 0;
    const read = await table.using(async () => {
      found = await layout.read(table.client);
    });
    if (found !== subscribers) throw new Error(`${layout.title}: ${found} of ${subscribers} subscribers are there`);
    cells.push({
      ...{ layout: layout.title, subscribers, growing: grown / subscribers },
      ...{ join: visits.joins / many, leave: visits.leaves / many },
      ...{ reads: read.units.read, pages: read.pages.length, bytes: bytesOf(read.pages) / subscribers },
      decoding: await decode(layout, read.pages, subscribers, decoding),
    });
  }
  return cells;
}

/** CPU milliseconds of this process: nothing else runs in it meanwhile. */
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

/** CPU milliseconds of a round, repeated until all have taken so many. */
async function repeat(round: () => Promise<void>, atLeast: number): Promise<number> {
  const before = process.cpuUsage();
  for (let rounds = 1; ; rounds++) {
    await round();
    const { user, system } = process.cpuUsage(before);
    const used = (user + system) / 1_000;
    if (used >= atLeast) return used / rounds;
  }
}
