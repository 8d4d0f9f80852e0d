import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { batchGet } from './batch-get';
import { patchDynalite } from './dynalite-patches';
import type { DynamoDbEngine, EngineAnswer } from './engine';
import { HttpCaller } from './http-caller';

/**
 * dynalite, in this process. It answers by HTTP only, so it gets a port of its own that only the front knows.
 *
 * @param dataDir where tables are kept; in memory without it
 */
export async function startDynalite(dataDir?: string): Promise<DynamoDbEngine> {
  patchDynalite();
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
  const server = dynalite({
    // Tables are there at once: waiting half a second for each would only slow every start.
    createTableMs: 0, updateTableMs: 0, deleteTableMs: 0,
    path: dataDir,
  });
  // Its only caller keeps connections for as long as it likes: one that is closed under a call would fail it.
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const caller = new HttpCaller((server.address() as AddressInfo).port);
  const underWay = new Set<Promise<EngineAnswer>>();
  const call = async (operation: string, body: string): Promise<EngineAnswer> => {
    if (operation === 'BatchGetItem') return batchGet((page) => caller.call(operation, page), body);
    const result = await caller.call(operation, body);
    // Operations that answer nothing answer an empty text, in quotes.
    return result.body === '""' ? { ...result, body: '' } : result;
  };
  return {
    call: (operation, body) => {
      const answer = call(operation, body);
      underWay.add(answer);
      const done = (): void => void underWay.delete(answer);
      answer.then(done, done);
      return answer;
    },
    stop: async () => {
      // It would throw from a callback of its own, were the store closed under a write.
      await Promise.allSettled(underWay);
      caller.stop();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}
