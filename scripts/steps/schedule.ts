// Runs steps side by side: as many as there are cores for, each as soon as the steps that it needs have succeeded.

export interface Step {
  readonly name: string;
  readonly command: readonly string[];
  /** Names of steps that must succeed first. Those that are not part of the run count as done. */
  readonly needs?: readonly string[];
  /** Cores that it keeps busy. @default 1 */
  readonly cores?: number;
  /** Runs at low priority on cores that the other steps leave idle, one such step at a time. */
  readonly isBackground?: boolean;
}

export interface Finished {
  readonly ok: boolean;
  readonly output: string;
}

export interface Outcome extends Finished {
  readonly name: string;
  readonly seconds: number;
  /** The needed step because of whose failure this one was not run. */
  readonly blockedBy?: string;
}

export interface ScheduleOptions {
  readonly cores: number;
  readonly run: (step: Step) => Promise<Finished>;
  readonly onStart?: (step: Step) => void;
  readonly onEnd?: (outcome: Outcome) => void;
  /** Milliseconds. */
  readonly now?: () => number;
}

/** Runs all steps; resolves to their outcomes in the order in which they ended. */
export async function schedule(steps: readonly Step[], options: ScheduleOptions): Promise<Outcome[]> {
  const { cores, run, now = Date.now } = options;
  const waiting = [...steps];
  const running = new Map<Step, Promise<void>>();
  const outcomes: Outcome[] = [];
  const end = (outcome: Outcome): void => {
    outcomes.push(outcome);
    options.onEnd?.(outcome);
  };
  const start = async (step: Step): Promise<void> => {
    const started = now();
    options.onStart?.(step);
    const finished = await run(step);
    running.delete(step);
    end({ name: step.name, seconds: (now() - started) / 1000, ...finished });
  };

  while (waiting.length > 0 || running.size > 0) {
    for (const step of [...waiting]) {
      const needed = readiness(step, steps, outcomes);
      if (needed === 'wait' || (needed === 'ready' && !hasRoom(step, [...running.keys()], cores))) continue;
      waiting.splice(waiting.indexOf(step), 1);
      if (needed === 'ready') running.set(step, start(step));
      else end({ name: step.name, seconds: 0, ok: false, output: '', blockedBy: needed.failed });
    }
    if (running.size > 0) await Promise.race(running.values());
    else if (waiting.length > 0 && waiting.every((step) => readiness(step, steps, outcomes) === 'wait'))
      throw new Error(`steps need each other: ${waiting.map(({ name }) => name).join(', ')}`);
  }
  return outcomes;
}

function readiness(
  { needs = [] }: Step,
  steps: readonly Step[],
  outcomes: readonly Outcome[],
): 'ready' | 'wait' | { readonly failed: string } {
  const needed = needs.filter((name) => steps.some((step) => step.name === name));
  const ended = needed.map((name) => outcomes.find((outcome) => outcome.name === name));
  const failed = ended.find((outcome) => outcome?.ok === false);
  if (failed !== undefined) return { failed: failed.name };
  return ended.includes(undefined) ? 'wait' : 'ready';
}

function hasRoom(step: Step, running: readonly Step[], cores: number): boolean {
  const alike = running.filter(({ isBackground = false }) => isBackground === (step.isBackground ?? false));
  if (step.isBackground === true) return alike.length === 0;
  const busy = alike.reduce((sum, { cores: taken = 1 }) => sum + taken, 0);
  return busy === 0 || busy + (step.cores ?? 1) <= cores;
}
