// Explores a model exhaustively, breadth first: every order of its actions, up to the bounds that the model sets.

/** A state machine with few enough states to visit all of them. States are plain data, and never changed. */
export interface Model<State, Action> {
  readonly initial: State;
  /** What can happen next. None: the run is over. */
  actions(state: State): readonly Action[];
  step(state: State, action: Action): State;
  /** What tells states apart: two states with one key have the same future. */
  key(state: State): string;
  /** The broken invariant, if any. */
  violation(state: State): string | undefined;
  describe(action: Action): string;
}

export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  readonly seconds: number;
  /** The first broken invariant, with the shortest way to it. */
  readonly violation?: { readonly message: string; readonly steps: readonly string[] };
}

interface Visited<Action> {
  /** Index of the state before; -1 for the initial state. */
  readonly from: number;
  readonly action: Action | undefined;
}

/** Visits all states, or stops at the first violation. */
export function explore<State, Action>(model: Model<State, Action>): Exploration {
  const started = performance.now();
  const visited: Visited<Action>[] = [{ from: -1, action: undefined }];
  const known = new Set([model.key(model.initial)]);
  let frontier: { readonly state: State; readonly index: number }[] = [{ state: model.initial, index: 0 }];
  let transitions = 0;
  const result = (message?: string, index = 0): Exploration => ({
    states: known.size,
    transitions,
    seconds: (performance.now() - started) / 1000,
    ...(message === undefined ? {} : { violation: { message, steps: wayTo(visited, index, model) } }),
  });
  const broken = model.violation(model.initial);
  if (broken !== undefined) return result(broken);
  while (frontier.length > 0) {
    const next: typeof frontier = [];
    for (const { state, index } of frontier) {
      for (const action of model.actions(state)) {
        transitions += 1;
        const after = model.step(state, action);
        const key = model.key(after);
        if (known.has(key)) continue;
        known.add(key);
        visited.push({ from: index, action });
        const message = model.violation(after);
        if (message !== undefined) return result(message, visited.length - 1);
        next.push({ state: after, index: visited.length - 1 });
      }
    }
    frontier = next;
  }
  return result();
}

/** The actions that lead to a state. */
function wayTo<State, Action>(
  visited: readonly Visited<Action>[],
  index: number,
  model: Model<State, Action>,
): readonly string[] {
  const steps: string[] = [];
  for (let at = visited[index]; at?.action !== undefined; at = visited[at.from]) steps.push(model.describe(at.action));
  return steps.reverse();
}

/** Prints what was visited, and fails with the way to a violation. */
export function expectNone(name: string, { states, transitions, seconds, violation }: Exploration): void {
  process.stdout.write(`${name}: ${states} states, ${transitions} transitions, ${seconds.toFixed(1)} s\n`);
  if (violation !== undefined) throw new Error(`${violation.message}\n${violation.steps.join('\n')}`);
}
