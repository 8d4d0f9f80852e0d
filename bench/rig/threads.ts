// CPU time of functions, and of nothing else: the local cloud runs each instance as a thread of this process, and Linux tells
// what each thread has used. What the collector of garbage and the compiler do in threads of their own is not in it, for nobody.
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { CloudLog } from '../../local';

/** What an instance says of itself once its code is loaded. */
const TELL = /^THREAD (\d+) (\d+) (\d+)/;
/** Instances that end are gone from /proc: they are looked at this often. Milliseconds. */
const LOOK_EVERY = 200;

/**
 * Put in front of a function's code: says which thread it is, what loading took, and what the thread had used by then. It has
 * nothing to do with invocations, so it costs them nothing.
 */
const WRAPPER = `'use strict';
const { readFileSync, readlinkSync } = require('node:fs');
const used = () => readFileSync('/proc/thread-self/schedstat', 'latin1').split(' ')[0];
const before = used();
module.exports = require('./inner.js');
const after = used();
process.stdout.write('THREAD ' + readlinkSync('/proc/thread-self').split('/').pop() + ' ' + (after - before) + ' ' + after);
`;

/** Puts the wrapper into every function of an assembly, ours and others alike. */
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
  /** To load its code. Nanoseconds. */
  readonly init: number;
  /** What it had used when its code was loaded. Nanoseconds. */
  readonly ready: number;
  used: number;
}

/** CPU milliseconds: of loading code, and of everything after that. */
export interface Cpu {
  readonly init: number;
  readonly warm: number;
}

/** Watches the threads of all functions. */
export class Threads {
  private readonly threads = new Map<string, Thread>();
  /** Threads whose number another has by now. */
  private readonly ended: Thread[] = [];
  private readonly timer = setInterval(() => {
    this.look();
  }, LOOK_EVERY).unref();

  /** Takes a line of the cloud's log; false when it is not about a thread. */
  public take({ source, message }: CloudLog): boolean {
    const [, id, init, ready] = TELL.exec(message) ?? [];
    if (id === undefined) return false;
    const former = this.threads.get(id);
    if (former !== undefined) this.ended.push(former);
    this.threads.set(id, { function: source, init: Number(init), ready: Number(ready), used: Number(ready) });
    return true;
  }

  /** What the functions whose name begins so have used since they were started. Exact for threads that wait. */
  public cpu(prefix: string): Cpu {
    this.look();
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

  private look(): void {
    for (const [id, thread] of this.threads) {
      try {
        thread.used = Number(readFileSync(`/proc/self/task/${id}/schedstat`, 'latin1').split(' ')[0]);
      } catch {
        // It has ended: what it was seen with last stays.
      }
    }
  }
}
