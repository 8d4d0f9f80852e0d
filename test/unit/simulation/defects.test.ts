// The schedules in which the simulation found a defect of the log, before it was mended: npm run sim:mutants puts each defect back.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Profile } from '../../simulation/profiles';
import { runSchedule } from '../../simulation/schedule';
import { root } from '../../support/root';

interface Found {
  /** The planted bug that is the defect. */
  readonly defect: string;
  readonly profile: Profile;
  readonly seed: number;
  /** The kind of problem that the defect causes in this schedule. */
  readonly kind: string;
}

const read = (file: string): unknown => JSON.parse(readFileSync(path.join(root, 'test', 'simulation', file), 'utf8'));
const FOUND = read('fixtures/defects.json') as readonly Found[];

test.each(FOUND)(
  'given the schedule $seed of $profile, which found $defect, then no guarantee is broken',
  async ({ seed, profile }) => {
    const { problems, crash } = await runSchedule(seed, { profile });
    expect([problems, crash]).toEqual([[], undefined]);
  },
);

test('given a found defect, then it is among the planted bugs, with the profile of its schedule', () => {
  const planted = read('planted-bugs.json') as readonly { readonly id: string; readonly profile?: string }[];
  const profiles = new Map(planted.map(({ id, profile = 'default' }) => [id, profile]));
  expect(FOUND.map(({ defect }) => profiles.get(defect))).toEqual(FOUND.map(({ profile }) => profile));
});
