// The experiments: what is done to a network under load, and when.

/** Something that is done, so many seconds after publishing has begun. */
export interface Step {
  /** As a share of the time in which is published. */
  readonly at: number;
  /** As it stands in the charts. */
  readonly name: string;
  /** Commands of the switchboard, one after another; or those of the command line. */
  readonly switches?: readonly object[];
  readonly cli?: readonly string[];
}

export interface Variant {
  readonly id: string;
  readonly title: string;
  /** What it shows, in a sentence or two. */
  readonly about: string;
  readonly steps: (regions: readonly string[]) => readonly Step[];
}

const down = (region: string | undefined): object => ({ switch: 'region-down', region });
const up = (region: string | undefined): object => ({ switch: 'region-up', region });

export const VARIANTS: readonly Variant[] = [
  {
    id: 'region-loss',
    title: 'A region is lost in the middle of publishing, and comes back',
    about:
      'Everything in the first region stops at once: sockets, functions, queues, tables. Its clients find their way to the others; what it had stored and not replicated arrives once it is back.',
    steps: ([first]) => [
      { at: 0.3, name: `${first} is lost`, switches: [down(first)] },
      { at: 0.65, name: `${first} is back`, switches: [up(first)] },
    ],
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
      { at: 0.35, name: `${first} is lost`, switches: [down(first)] },
      {
        at: 0.65,
        name: `${first} is back, replication goes on`,
        switches: [up(first), ...others.map((to) => ({ switch: 'replication-resume', from: first, to }))],
      },
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
  },
  {
    id: 'evacuation',
    title: 'A region is evacuated by hand',
    about: 'Its clients are told to move, and do so before they break anything: no message waits for it.',
    steps: ([first]) => [
      { at: 0.3, name: `drain ${first}`, cli: ['drain', first ?? '', '--yes', '--within', '20s'] },
      { at: 0.75, name: `return ${first}`, cli: ['return', first ?? '', '--yes'] },
    ],
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
          { at, name: `${region} down`, switches: [down(region)] },
          { at: at + share * 0.6, name: `${region} up`, switches: [up(region)] },
        ];
      }),
  },
  {
    id: 'reconnect-storm',
    title: 'All sockets break at once, against the connect quota',
    about:
      'Every client of every region reconnects at the same moment; API Gateway takes so many new connections a second and no more.',
    steps: (regions) => [
      {
        at: 0.4,
        name: 'all sockets break',
        switches: regions.map((region) => ({ switch: 'sockets-drop', region, share: 1 })),
      },
    ],
  },
];
