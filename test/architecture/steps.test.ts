// The scheduler behind npm test and npm run check, and what npm run check selects.
import { changesSince, stepsFor, UsageError } from '../../scripts/steps/check';
import { schedule, type Step } from '../../scripts/steps/schedule';

describe('schedule', () => {
  /** Runs steps whose ends the test decides: `finish(name, ok)`. */
  function started(steps: readonly Step[], cores = 2) {
    const log: string[] = [];
    const ends = new Map<string, (ok: boolean) => void>();
    const outcomes = schedule(
      steps.map((step) => ({ ...step, command: [] })),
      {
        cores,
        run: ({ name }) => {
          log.push(name);
          return new Promise((resolve) => ends.set(name, (ok) => resolve({ ok, output: '' })));
        },
      },
    );
    const finish = async (name: string, ok = true): Promise<void> => {
      ends.get(name)!(ok);
      await new Promise((resolve) => setImmediate(resolve));
    };
    return { log, outcomes, finish };
  }
  const step = (name: string, more: Partial<Step> = {}): Step => ({ name, command: [], ...more });

  test('given two cores, when three steps of one core wait, then two run at once and the third follows', async () => {
    const { log, outcomes, finish } = started([step('a'), step('b'), step('c')]);
    expect(log).toEqual(['a', 'b']);
    await finish('b');
    expect(log).toEqual(['a', 'b', 'c']);
    await finish('a');
    await finish('c');
    expect((await outcomes).map(({ name, ok }) => [name, ok])).toEqual([
      ['b', true],
      ['a', true],
      ['c', true],
    ]);
  });

  test('given a step that keeps all cores busy, then it runs alone, and later steps with room go first', async () => {
    const { log, outcomes, finish } = started([step('a'), step('all', { cores: 2 }), step('b')]);
    expect(log).toEqual(['a', 'b']);
    await finish('a');
    expect(log).toEqual(['a', 'b']);
    await finish('b');
    expect(log).toEqual(['a', 'b', 'all']);
    await finish('all');
    expect(await outcomes).toHaveLength(3);
  });

  test('given one core, then a step of two cores still runs', async () => {
    const { log, finish, outcomes } = started([step('all', { cores: 2 })], 1);
    expect(log).toEqual(['all']);
    await finish('all');
    await outcomes;
  });

  test('background steps run beside the others, one at a time', async () => {
    const background = { isBackground: true };
    const { log, finish, outcomes } = started([
      step('all', { cores: 2 }),
      step('x', background),
      step('y', { ...background, cores: 2 }),
    ]);
    expect(log).toEqual(['all', 'x']);
    await finish('x');
    expect(log).toEqual(['all', 'x', 'y']);
    await finish('all');
    await finish('y');
    await outcomes;
  });

  test('a step waits for those that it needs; when one fails, it is not run and fails too', async () => {
    const needs = { needs: ['build'] };
    const { log, finish, outcomes } = started([step('jest', needs), step('build'), step('docs', { needs: ['jest'] })]);
    expect(log).toEqual(['build']);
    await finish('build', false);
    expect((await outcomes).map(({ name, ok, blockedBy }) => [name, ok, blockedBy])).toEqual([
      ['build', false, undefined],
      ['jest', false, 'build'],
      ['docs', false, 'jest'],
    ]);
    expect(log).toEqual(['build']);
  });

  test('given a run without a needed step, then the step that needs it runs', async () => {
    const { log, finish, outcomes } = started([step('jest', { needs: ['build'] })]);
    expect(log).toEqual(['jest']);
    await finish('jest');
    await outcomes;
  });

  test('given steps that need each other, then the schedule fails with their names', async () => {
    await expect(started([step('a', { needs: ['b'] }), step('b', { needs: ['a'] })]).outcomes).rejects.toThrow('a, b');
  });
});

describe('what npm run check runs', () => {
  const selected = (...changed: string[]): Record<string, readonly string[]> =>
    Object.fromEntries(stepsFor(changed, () => true).map(({ name, command }) => [name, command]));

  test('given a deleted source file, then everything is linted, and all unit tests run', () => {
    const steps = stepsFor(['lambda/core/log/epochs.ts', 'README.md'], (file) => file === 'README.md');
    const commands = Object.fromEntries(steps.map(({ name, command }) => [name, command]));
    expect(Object.keys(commands)).toEqual(['format', 'types', 'eslint', 'oxlint', 'tests']);
    expect(commands.format).not.toContain('lambda/core/log/epochs.ts');
    expect(commands.oxlint).toContain('.');
    expect(commands.tests).toContain('test/unit');
  });

  test('given no change, then nothing', () => {
    expect(selected()).toEqual({});
  });

  test('given a changed core file, then format, lint and related unit tests of this file, and all types', () => {
    const steps = selected('lambda/core/fanout/fair-pool.ts');
    expect(Object.keys(steps)).toEqual(['format', 'types', 'eslint', 'oxlint', 'tests']);
    for (const name of ['format', 'eslint', 'oxlint', 'tests'])
      expect(steps[name]!.at(-1)).toBe('lambda/core/fanout/fair-pool.ts');
    expect(steps.tests!.slice(-2)).toEqual(['--findRelatedTests', 'lambda/core/fanout/fair-pool.ts']);
    expect(steps.types).toContain('--incremental');
    expect(steps.types).not.toContain('lambda/core/fanout/fair-pool.ts');
  });

  test('given a changed page of the docs only, then format alone', () => {
    expect(Object.keys(selected('docs/guide.md'))).toEqual(['format']);
  });

  test('given a changed script without types, then no types', () => {
    expect(Object.keys(selected('scripts/assets.mjs'))).toEqual(['format', 'eslint', 'oxlint', 'tests']);
  });

  test.each(['eslint.config.mjs', 'oxlint.config.mjs', 'scripts/lint/import-zones.mjs'])(
    'given a change of %s, then everything is linted',
    (file) => {
      const { eslint, oxlint } = selected(file, 'lambda/core/fanout/fair-pool.ts');
      expect([eslint!.at(-1), oxlint!.at(-1)]).toEqual(['.', '.']);
    },
  );

  test('tests of whole systems are left to npm test', () => {
    const pattern = new RegExp(
      selected('lambda/core/fanout/fair-pool.ts').tests!.find((one) => one.includes('integration'))!,
    );
    expect('/clone/test/integration/recovery/resume.test.ts').toMatch(pattern);
    expect('/clone/test/package/package.test.ts').toMatch(pattern);
    expect('/clone/test/unit/lambda/core/fanout/fair-pool.test.ts').not.toMatch(pattern);
  });
});

describe('what npm run check compares with', () => {
  /** A git that answers some commands, by how they begin, and fails otherwise. */
  const git =
    (answers: Readonly<Record<string, string>>) =>
    (...args: string[]): string => {
      const [, answer] = Object.entries(answers).find(([begin]) => args.join(' ').startsWith(begin)) ?? [];
      if (answer === undefined) throw new Error(`git ${args.join(' ')} fails`);
      return answer;
    };
  const clone = { 'rev-parse --git-dir': '.git\n', 'ls-files --others': 'new.ts\n' };
  const diff = (base: string): string => `diff --name-only --no-renames ${base} --`;

  test('given no --since, then with where the branch left main: changed and new files', () => {
    const answers = { ...clone, 'merge-base HEAD main': 'abc\n', [diff('abc')]: 'lib/b.ts\nlib/a.ts\n' };
    expect(changesSince(undefined, git(answers))).toEqual(['lib/a.ts', 'lib/b.ts', 'new.ts']);
  });

  test('given no branch main, then with that of origin; given neither, then with the last commit', () => {
    const ofOrigin = { ...clone, 'merge-base HEAD origin/main': 'abc\n', [diff('abc')]: 'a.ts\n' };
    expect(changesSince(undefined, git(ofOrigin))).toEqual(['a.ts', 'new.ts']);
    expect(changesSince(undefined, git({ ...clone, [diff('HEAD')]: 'b.ts\n' }))).toEqual(['b.ts', 'new.ts']);
  });

  test('given --since, then with that commit', () => {
    const answers = { ...clone, 'rev-parse --verify': 'def\n', [diff('def')]: '' };
    expect(changesSince('v1', git(answers))).toEqual(['new.ts']);
  });

  test('given an unknown commit, then an error that names it', () => {
    expect(() => changesSince('nope', git(clone))).toThrow(UsageError);
    expect(() => changesSince('nope', git(clone))).toThrow('no such commit: nope');
  });

  test('given no git clone, then an error that says what to do', () => {
    expect(() => changesSince(undefined, git({}))).toThrow('run it in a git clone');
  });
});
