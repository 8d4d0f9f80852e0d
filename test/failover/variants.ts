// The experiments: failures of a network under load, as steps at given times.
import type { Experiment, Variant } from './experiment';

const down = (region: string | undefined): object => ({ switch: 'region-down', region });
const up = (region: string | undefined): object => ({ switch: 'region-up', region });

/** Clients that a region served in the second before a step. */
function servedBefore({ timeline, measures: { seconds } }: Experiment, name: string, region: string): number {
  const at = timeline.find((one) => one.name === name)?.at ?? 0;
  return seconds[Math.floor(at) - 1]?.connected[region] ?? 0;
}

const unless = (holds: boolean, text: string): readonly string[] => (holds ? [] : [text]);
const clientsServedBefore = (experiment: Experiment, name: string, region = ''): readonly string[] =>
  unless(servedBefore(experiment, name, region) === 0, `${region} still served clients before: ${name}`);
const missingReturns = ({ lost }: Experiment): readonly string[] =>
  lost.flatMap(({ region, never, in: back }) => [
    ...unless(never === 0, `${never} clients of ${region} did not reconnect`),
    ...unless((back?.count ?? 0) > 0, `${region} served no clients when it was lost`),
  ]);

export const VARIANTS: readonly Variant[] = [
  {
    id: 'region-loss',
    title: 'A region is lost while clients publish, and returns',
    about:
      'Everything in the first region stops at once: sockets, functions, queues, tables. Its clients connect to the other regions. Messages that it had stored and not replicated arrive after it has returned.',
    steps: ([first]) => [
      { at: 0.3, name: `${first} is lost`, switches: [down(first)], loses: first },
      { at: 0.65, name: `${first} is back`, switches: [up(first)] },
    ],
    missingEffects: (experiment) => [
      ...clientsServedBefore(experiment, `${experiment.regions[0]} is back`, experiment.regions[0]),
      ...missingReturns(experiment),
    ],
  },
  {
    id: 'silent-loss',
    title: 'A region is lost, and its connections stay half-open',
    about:
      'As above, but connections become half-open instead of closing, as when the network between fails. Clients must detect it.',
    steps: ([first]) => [
      {
        at: 0.25,
        name: `${first} is lost, connections half-open`,
        switches: [{ switch: 'sockets-half-open', region: first, share: 1 }, down(first)],
        loses: first,
      },
      { at: 0.75, name: `${first} is back`, switches: [up(first)] },
    ],
    missingEffects: missingReturns,
  },
  {
    id: 'replication-paused',
    title: 'Replication stops, then a region is lost',
    about:
      'Live delivery continues without replication. Then the region whose writes were held back is lost. Messages that only it has are pending, not skipped, until it returns.',
    steps: ([first, ...others]) => [
      {
        at: 0.2,
        name: `replication from ${first} stops`,
        switches: others.map((to) => ({ switch: 'replication-pause', from: first, to })),
      },
      { at: 0.35, name: `${first} is lost`, switches: [down(first)], loses: first },
      {
        at: 0.65,
        name: `${first} is back, replication resumes`,
        switches: [up(first), ...others.map((to) => ({ switch: 'replication-resume', from: first, to }))],
      },
    ],
    missingEffects: (experiment) => [
      ...unless((experiment.measures.pendingFor?.count ?? 0) > 0, 'no message was pending'),
      ...missingReturns(experiment),
    ],
  },
  {
    id: 'pair-cut',
    title: 'Two regions cannot reach each other',
    about:
      'Neither messages nor replication pass between them, and both serve clients. Publishing continues; missed messages arrive by sync.',
    steps: ([a, b]) => [
      { at: 0.25, name: `${a} and ${b} are disconnected`, switches: [{ switch: 'pair-cut', a, b }] },
      { at: 0.65, name: 'reconnected', switches: [{ switch: 'pair-heal', a, b }] },
    ],
    missingEffects: ({ regions: [a, b], measures: { deliveredIn } }) =>
      unless(
        deliveredIn.some(({ from, to, in: { max } }) => from === a && to === b && max > 2_000),
        `no message from ${a} was late in ${b}`,
      ),
  },
  {
    id: 'evacuation',
    title: 'A region is evacuated',
    about:
      'Its clients receive a move push, and connect to another region before they close their connection. No message is delayed.',
    steps: ([first]) => [
      { at: 0.3, name: `drain ${first}`, cli: ['drain', first ?? '', '--yes', '--within', '20s', '--once'] },
      { at: 0.75, name: `return ${first}`, cli: ['return', first ?? ''] },
    ],
    missingEffects: (experiment) =>
      clientsServedBefore(experiment, `return ${experiment.regions[0]}`, experiment.regions[0]),
  },
  {
    id: 'rolling-restart',
    title: 'Every region restarts, one after another',
    about: 'Each region is lost after the one before has returned.',
    steps: (regions) =>
      regions.flatMap((region, i) => {
        const share = 0.7 / regions.length;
        const at = 0.1 + i * share;
        return [
          { at, name: `${region} down`, switches: [down(region)], loses: region },
          { at: at + share * 0.6, name: `${region} up`, switches: [up(region)] },
        ];
      }),
    missingEffects: (experiment) => [
      ...experiment.regions.flatMap((region) => clientsServedBefore(experiment, `${region} up`, region)),
      ...missingReturns(experiment),
    ],
  },
  {
    id: 'reconnect-storm',
    title: 'All connections break at once, against the connect quota',
    about:
      'Every client of every region reconnects at the same time. API Gateway accepts 5 new connections per second in each region and refuses the others, as its default quota of 500 does with fifty thousand clients.',
    steps: (regions) => [
      {
        at: 0.35,
        name: 'connect quota of 5 per second',
        switches: regions.map((region) => ({ switch: 'connect-quota', region, rate: 5 })),
      },
      {
        at: 0.4,
        name: 'all connections break',
        switches: regions.map((region) => ({ switch: 'sockets-drop', region, share: 1 })),
      },
    ],
    missingEffects: ({ refusedConnects, measures: { neverResumed } }) => [
      ...unless(refusedConnects > 0, 'the quota refused no connection'),
      ...unless(neverResumed === 0, `${neverResumed} clients did not reconnect`),
    ],
  },
];
