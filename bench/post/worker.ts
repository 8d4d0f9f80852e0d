// One client in a process of its own: posts, and tells what CPU time that took.
import { type Client, type ClientName, CLIENTS, type Setting } from './clients';

export interface Work {
  readonly client: ClientName;
  readonly setting: Setting;
  readonly warmUp: number;
  readonly posts: number;
  /** Of a frame. Bytes. */
  readonly bytes: number;
}

export interface Done {
  /** CPU milliseconds for 1,000 posts. */
  readonly cpu: number;
  readonly postsPerSecond: number;
}

/** A frame is posted to so many connections before there is another: as in a fan-out. */
const PER_FRAME = 100;

async function work({ client, setting, warmUp, posts, bytes }: Work): Promise<Done> {
  const { make, isSequential }: Client = CLIENTS[client];
  const post = make(setting);
  const run = async (count: number): Promise<void> => {
    let next = 0;
    let frame = Buffer.alloc(0);
    const lane = async (): Promise<void> => {
      while (next < count) {
        const i = next++;
        if (i % PER_FRAME === 0) frame = Buffer.alloc(bytes, String(i));
        await post(`L0SM9c${String(i % 10_000).padStart(5, '0')}cCIhw=`, frame);
      }
    };
    await Promise.all(Array.from({ length: isSequential === true ? 1 : setting.inFlight }, lane));
  };
  await run(warmUp);
  const [before, started] = [process.cpuUsage(), performance.now()];
  await run(posts);
  const [{ user, system }, took] = [process.cpuUsage(before), performance.now() - started];
  return { cpu: (user + system) / posts, postsPerSecond: (1_000 * posts) / took };
}

void work(JSON.parse(process.argv[2] ?? '{}') as Work).then((done) => {
  process.stdout.write(JSON.stringify(done));
  process.exit(0);
});
