import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import type { DynamoDbEngine, EngineAnswer } from './engine';
import { HttpCaller } from './http-caller';

/**
 * dynalite, in this process. It answers by HTTP only, so it gets a port of its own that only the front knows.
 *
 * @param dataDir where tables are kept; in memory without it
 */
export async function startDynalite(dataDir?: string): Promise<DynamoDbEngine> {
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
  const server = dynalite({
    // Tables are there at once: waiting half a second for each would only slow every start.
    ...{ createTableMs: 0, updateTableMs: 0, deleteTableMs: 0 },
    ...(dataDir === undefined ? {} : { path: dataDir }),
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const caller = new HttpCaller((server.address() as AddressInfo).port);
  return {
    call: (operation, body): Promise<EngineAnswer> => caller.call(operation, body),
    stop: () =>
      new Promise((resolve) => {
        caller.stop();
        server.close(() => {
          resolve();
        });
      }),
  };
}
