import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { Answer, Order, Round, Seating } from './audience-messages';
import { bundle } from './bundle';
import type { Received, Seat } from './recorder';

/** Subscribers in a process of their own, which takes one order at a time. */
export class Audience {
  private readonly ended: Promise<never>;

  private constructor(private readonly child: ChildProcess) {
    this.ended = once(child, 'exit').then(() => {
      throw new Error('the process of the audience has ended');
    });
    this.ended.catch(() => undefined);
  }

  /** @param folder where to write its bundle */
  public static start(folder: string): Audience {
    const file = bundle(path.join(__dirname, 'audience-process.ts'), path.join(folder, 'audience.js'));
    return new Audience(fork(file, [], { execArgv: [] }));
  }

  /** Opens connections, which join. @throws Error when one can't */
  public async seat(seating: Seating): Promise<void> {
    await this.order({ do: 'seat', ...seating });
  }

  public async leave(seats: readonly Seat[]): Promise<void> {
    await this.order({ do: 'leave', seats });
  }

  /** Publishes, and returns what the seats received. */
  public async round(round: Round): Promise<Received> {
    const { received } = await this.order({ do: 'round', ...round });
    if (received === undefined) throw new Error('the audience returned no result');
    return received;
  }

  public stop(): void {
    if (this.child.connected) this.child.disconnect();
  }

  private async order(order: Order): Promise<Answer> {
    this.child.send(order);
    const [answer] = (await Promise.race([once(this.child, 'message'), this.ended])) as [Answer];
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }
}
