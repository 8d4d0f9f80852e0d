import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Answer, Order } from './audience-process';

/** Subscribers in a process of their own, so that what they do is not time of the functions. One order at a time. */
export class Audience {
  private readonly child: ChildProcess;
  private readonly ended: Promise<never>;

  public constructor() {
    this.child = fork(path.join(__dirname, 'audience-process.ts'));
    this.ended = once(this.child, 'exit').then(() => {
      throw new Error('the audience has ended');
    });
    this.ended.catch(() => undefined);
  }

  /** @returns the frames that have come */
  public async order(order: Order): Promise<number> {
    this.child.send(order);
    const [answer] = (await Promise.race([once(this.child, 'message'), this.ended])) as [Answer];
    if ('error' in answer) throw new Error(answer.error);
    return answer.frames;
  }

  public stop(): void {
    if (this.child.connected) this.child.disconnect();
  }
}
