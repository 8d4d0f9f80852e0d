// The experiments: what is done to a network under load, and when.

import type { Experiment } from './run';

/** Something that is done, so many seconds after publishing has begun. */
export interface Step {
  /** As a share of the time in which is published. */
  readonly at: number;
  /** As it stands in the charts. */
  readonly name: string;
  /** Commands of the switchboard, one after another; or those of the command line. */
  readonly switches?: readonly object[];
  readonly cli?: readonly string[];
  /** A region whose clients are without service from here on. */
  readonly loses?: string | undefined;
}

export interface Variant {
  readonly id: string;
  readonly title: string;
  /** What it shows, in a sentence or two. */
  readonly about: string;
  readonly steps: (regions: readonly string[]) => readonly Step[];
  /** What has to have happened for the run to show anything, besides the promises: what did not is told. */
  readonly misses: (experiment: Experiment) => readonly string[];
}

const down = (region: string | undefined): object => ({ switch: 'region-down', region });
const up = (region: string | undefined): object => ({ switch: 'region-up', region });

/** Clients that a region still serves, in the second before something was done. */
function servedBefore({ timeline, measures: { seconds } }: Experiment, name: string, region: string): number {
  const at = timeline.find((one) => one.name === name)?.at ?? 0;
  return seconds[Math.floor(at) - 1]?.connected[region] ?? 0;
}

const unless = (holds: boolean, text: string): readonly string[] => (holds ? [] : [text]);
const isEmptyBefore = (experiment: Experiment, name: string, region = ''): readonly string[] =>
  unless(servedBefore(experiment, name, region) === 0, `${region} still served clients before: ${name}`);
const areBack = ({ lost }: Experiment): readonly string[] =>
  lost.flatMap(({ region, never, in: back }) => [
    ...unless(never === 0, `${never} clients of ${region} did not come back`),
    ...unless((back?.count ?? 0) > 0, `nobody was served by ${region} when it was lost`),
  ]);

export const VARIANTS: readonly Variant[] = [
  {
    id: 'region-loss',
    title: 'A region is lost in the middle of publishing, and comes back',
    about:
      'Everything in the first region stops at once: sockets, functions, queues, tables. Its clients find their way to the others; what it had stored and not replicated arrives once it is back.',
    steps: ([first]) => [
      { at: 0.3, name: `${first} is lost`, switches: [down(first)], loses: first },
      { at: 0.65, name: `${first} is back`, switches: [up(first)] },
    ],
    misses: (experiment) => [
      ...isEmptyBefore(experiment, `${experiment.regions[0]} is back`, experiment.regions[0]),
      ...areBack(experiment),
    ],
  },
  {
    id: 'silent-loss',
    title: 'A region is lost, and its clients hear nothing of it',
    about:
      'As above, but no connection breaks: they just fall silent, as when the network in between is lost. Clients have to notice by themselves.',
    steps: ([first]) => [
      {
        at: 0.25,
        name: `${first} falls silent`,
        switches: [{ switch: 'sockets-half-open', region: first, share: 1 }, down(first)],
        loses: first,
      },
      { at: 0.75, name: `${first} is back`, switches: [up(first)] },
    ],
    misses: areBack,
  },
  {
    id: 'replication-paused',
    title: 'Replication stands still, then a region is lost',
    about:
      'The live path goes on without the tables; then the region whose writes were held is lost. What only it has is pending, not passed over, until it is back.',
    steps: ([first, ...others]) => [
      {
        at: 0.2,
        name: `replication from ${first} stops`,
        switches: others.map((to) => ({ switch: 'replication-pause', from: first, to })),
      },
      { at: 0.35, name: `${first} is lost`, switches: [down(first)], loses: first },
      {
        at: 0.65,
        name: `${first} is back, replication goes on`,
        switches: [up(first), ...others.map((to) => ({ switch: 'replication-resume', from: first, to }))],
      },
    ],
    misses: (experiment) => [
      ...unless((experiment.measures.pendingFor?.count ?? 0) > 0, 'nothing was pending'),
      ...areBack(experiment),
    ],
  },
  {
    id: 'pair-cut',
    title: 'Two regions can not reach each other',
    about:
      'Neither sends nor replication pass between them; both serve. Publishing goes on; what was missed comes by sync.',
    steps: ([a, b]) => [
      { at: 0.25, name: `${a} and ${b} are cut`, switches: [{ switch: 'pair-cut', a, b }] },
      { at: 0.65, name: 'healed', switches: [{ switch: 'pair-heal', a, b }] },
    ],
    misses: ({ regions: [a, b], measures: { deliveredIn } }) =>
      unless(
        deliveredIn.some(({ from, to, in: { max } }) => from === a && to === b && max > 2_000),
        `nothing from ${a} was late in ${b}`,
      ),
  },
  {
    id: 'evacuation',
    title: 'A region is evacuated by hand',
    about: 'Its clients are told to move, and do so before they break anything: no message waits for it.',
    steps: ([first]) => [
      { at: 0.3, name: `drain ${first}`, cli: ['drain', first ?? '', '--yes', '--within', '20s', '--once'] },
      { at: 0.75, name: `return ${first}`, cli: ['return', first ?? ''] },
    ],
    misses: (experiment) => isEmptyBefore(experiment, `return ${experiment.regions[0]}`, experiment.regions[0]),
  },
  {
    id: 'rolling-restart',
    title: 'Every region restarts, one after another',
    about: 'Each is gone for a while, and only when the one before is back.',
    steps: (regions) =>
      regions.flatMap((region, i) => {
        const share = 0.7 / regions.length;
        const at = 0.1 + i * share;
        return [
          { at, name: `${region} down`, switches: [down(region)], loses: region },
          { at: at + share * 0.6, name: `${region} up`, switches: [up(region)] },
        ];
      }),
    misses: (experiment) => [
      ...experiment.regions.flatMap((region) => isEmptyBefore(experiment, `${region} up`, region)),
      ...areBack(experiment),
    ],
  },
  {
    id: 'reconnect-storm',
    title: 'All sockets break at once, against the connect quota',
    about:
      'Every client of every region reconnects at the same moment; API Gateway takes 5 new connections a second in each and refuses the others: what 500 are to fifty thousand clients.',
    steps: (regions) => [
      {
        at: 0.35,
        name: 'the connect quota is 5 a second',
        switches: regions.map((region) => ({ switch: 'connect-quota', region, rate: 5 })),
      },
      {
        at: 0.4,
        name: 'all sockets break',
        switches: regions.map((region) => ({ switch: 'sockets-drop', region, share: 1 })),
      },
    ],
    misses: ({ refusedConnects, measures: { neverResumed } }) => [
      ...unless(refusedConnects > 0, 'the quota refused nobody'),
      ...unless(neverResumed === 0, `${neverResumed} clients did not come back`),
    ],
  },
];
