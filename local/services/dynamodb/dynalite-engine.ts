import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { batchGet } from './batch-get';
import { patchDynalite } from './dynalite-patches';
import type { DynamoDbEngine, EngineAnswer } from './engine';
import { HttpCaller } from './http-caller';

/**
 * Starts dynalite in this process. It has no API other than HTTP, so it listens on a private port.
 *
 * @param dataDir directory of the tables. @default - in memory
 */
export async function startDynalite(dataDir?: string): Promise<DynamoDbEngine> {
  patchDynalite();
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
  const server = dynalite({
    // Tables become active at once: dynalite's default of half a second each would slow every start.
    createTableMs: 0,
    updateTableMs: 0,
    deleteTableMs: 0,
    path: dataDir,
  });
  // The caller keeps its connections open: one that the server closes during a call would fail the call.
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
    // dynalite answers an operation without a result with a quoted empty text.
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
      // dynalite throws from a callback when its store is closed during a write.
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
