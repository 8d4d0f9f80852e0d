// Runs one contender in a process of its own, and prints the CPU time of its posts.
import { CONTENDERS, type Contender, type ContenderName, type PostTarget } from './contenders';
import type { Sample } from './numbers';

export interface Work {
  readonly contender: ContenderName;
  readonly target: PostTarget;
  /** Posts before the measurement. */
  readonly warmUp: number;
  readonly posts: number;
  /** Bytes of a frame. */
  readonly bytes: number;
}

/** Consecutive posts that send the same frame, as a fan-out to 100 subscribers does. */
const POSTS_PER_FRAME = 100;

async function measure({ contender, target, warmUp, posts, bytes }: Work): Promise<Sample> {
  const { connect, isSequential }: Contender = CONTENDERS[contender];
  const post = connect(target);
  const run = async (count: number): Promise<void> => {
    let next = 0;
    let frame = Buffer.alloc(0);
    const postInSequence = async (): Promise<void> => {
      while (next < count) {
        const i = next++;
        if (i % POSTS_PER_FRAME === 0) frame = Buffer.alloc(bytes, String(i));
        await post(`L0SM9c${String(i % 10_000).padStart(5, '0')}cCIhw=`, frame);
      }
    };
    await Promise.all(Array.from({ length: isSequential === true ? 1 : target.inFlight }, postInSequence));
  };
  await run(warmUp);
  const cpuBefore = process.cpuUsage();
  const started = performance.now();
  await run(posts);
  const { user, system } = process.cpuUsage(cpuBefore);
  const elapsed = performance.now() - started;
  return { cpuPerThousand: (user + system) / posts, postsPerSecond: (1_000 * posts) / elapsed };
}

void measure(JSON.parse(process.argv[2] ?? '{}') as Work).then((sample) => {
  process.stdout.write(JSON.stringify(sample));
  process.exit(0);
});
