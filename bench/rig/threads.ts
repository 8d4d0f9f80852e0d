// CPU time of the functions only: the local cloud runs each instance as a thread of this process, and Linux reports the CPU time of each
// thread. The threads of the garbage collector and the compiler are not counted for any contender.
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CloudLog } from '../../local';

/** The line that an instance prints once its code is loaded. */
const THREAD_LINE = /^THREAD (\d+) (\d+) (\d+)/;
/** Interval of the readings. Threads that have ended are not in /proc any more. Milliseconds. */
const READ_EVERY = 200;

/**
 * Replaces the entry point of a function: prints the thread's number, the CPU time of loading the code, and the thread's CPU time
 * by then. It does not run during invocations, so it does not slow them down.
 */
const WRAPPER = `'use strict';
const { readFileSync, readlinkSync } = require('node:fs');
const used = () => readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0];
const before = used();
module.exports = require('./inner.js');
const after = used();
process.stdout.write('THREAD ' + readlinkSync('/proc/thread-self').split('/').pop() + ' ' + (after - before) + ' ' + after);
`;

/** Wraps every function of an assembly, ours and those of competitors. */
export function wrapFunctions(assembly: string): void {
  for (const name of readdirSync(assembly)) {
    const folder = path.join(assembly, name);
    if (!name.startsWith('asset.') || !statSync(folder).isDirectory()) continue;
    renameSync(path.join(folder, 'index.js'), path.join(folder, 'inner.js'));
    writeFileSync(path.join(folder, 'index.js'), WRAPPER);
  }
}

interface Thread {
  readonly function: string;
  /** CPU time of loading the code. Nanoseconds. */
  readonly init: number;
  /** CPU time of the thread when its code was loaded. Nanoseconds. */
  readonly ready: number;
  used: number;
}

/** CPU milliseconds: of loading code (`init`), and of everything after that (`warm`). */
export interface Cpu {
  readonly init: number;
  readonly warm: number;
}

/** Watches the threads of all functions. */
export class Threads {
  private readonly threads = new Map<string, Thread>();
  /** Ended threads whose number another thread has got. */
  private readonly ended: Thread[] = [];
  private readonly timer = setInterval(() => {
    this.read();
  }, READ_EVERY).unref();

  /** Takes a line of the cloud's log. Returns false when it is not about a thread. */
  public take({ source, message }: CloudLog): boolean {
    const [, id, init, ready] = THREAD_LINE.exec(message) ?? [];
    if (id === undefined) return false;
    const former = this.threads.get(id);
    if (former !== undefined) this.ended.push(former);
    this.threads.set(id, { function: source, init: Number(init), ready: Number(ready), used: Number(ready) });
    return true;
  }

  /** CPU time, since their start, of the functions whose name begins with the prefix. Exact for threads that are waiting. */
  public cpu(prefix: string): Cpu {
    this.read();
    let [init, warm] = [0, 0];
    for (const thread of [...this.ended, ...this.threads.values()]) {
      if (!thread.function.startsWith(prefix)) continue;
      init += thread.init;
      warm += thread.used - thread.ready;
    }
    return { init: init / 1e6, warm: warm / 1e6 };
  }

  public stop(): void {
    clearInterval(this.timer);
  }

  private read(): void {
    for (const [id, thread] of this.threads) {
      try {
        thread.used = Number(readFileSync(`/proc/self/task/${id}/schedstat`, 'latin1').split(' ')[0]);
      } catch {
        // The thread has ended. Its last reading remains.
      }
    }
  }
}
