// What the experiments came to, as one HTML file.
import type { Quantiles } from '../../load/measures';
import { lineChart, type Line } from '../../load/report/charts';
import { card, cards, page, table } from '../../load/report/page';
import type { Experiment } from './run';

const COLORS = ['#0b7a75', '#e6a400', '#5b5bd6', '#c2255c', '#3a86ff'];

/** @param command what made it */
export function reportOf(experiments: readonly Experiment[], command: string, date: string): string {
  const [one] = experiments;
  const intro = `<p>Real SDK clients on real sockets, against the synthesized network in the local cloud: the deployed handlers, tables that replicate as DynamoDB's
global tables do, Route 53's answers by health. Made by <code>${command}</code> on ${date}; ${one?.load.clients ?? 0} clients in ${one?.regions.join(', ') ?? ''}. Counts and verdicts are what matters; times
are those of one machine with two cores, the distances between regions emulated.</p>`;
  const rows = experiments.map(({ variant, expected, measures: m }) => [
    ...[variant, m.published, m.acknowledged, m.delivered, expected],
    ...[m.problems.lost, m.problems.duplicate, m.problems.reorder + m.problems.misordered, otherProblems(m)],
    ms(m.resumedIn, 'p99'),
  ]);
  const head = [
    'experiment',
    'published',
    'acknowledged',
    'delivered',
    'to be delivered',
    'lost',
    'duplicated',
    'reordered',
    'other breaches',
    'resumed, p99',
  ];
  return page(
    'What becomes of messages when a region fails',
    intro + table(head, rows) + experiments.map(section).join('\n'),
  );
}

/** Breaches that have no column of their own. */
function otherProblems({ problems }: Experiment['measures']): number {
  const told = ['lost', 'duplicate', 'reorder', 'misordered'];
  return Object.entries(problems).reduce((sum, [kind, count]) => (told.includes(kind) ? sum : sum + count), 0);
}

function section(experiment: Experiment): string {
  const { title, about, measures: m, timeline, lost, settledIn, expected, stored, differences } = experiment;
  const marks = timeline.map(({ at, name }) => ({ x: at, name }));
  const mustBeNone = (count: number): 'good' | 'bad' => (count === 0 ? 'good' : 'bad');
  const failed = Object.values(m.failed).reduce((sum, count) => sum + count, 0);
  const numbers = cards(
    ...[
      card('published', count(m.published)),
      card('acknowledged', count(m.acknowledged)),
      card('given up by their publisher', count(failed)),
    ],
    ...[
      card('stored', count(stored)),
      card('delivered', count(m.delivered), m.delivered === expected ? 'good' : 'bad'),
      card('to be delivered', count(expected)),
    ],
    card('lost', count(m.problems.lost), mustBeNone(m.problems.lost)),
    card('duplicated', count(m.problems.duplicate), mustBeNone(m.problems.duplicate)),
    card(
      'reordered',
      count(m.problems.reorder + m.problems.misordered),
      mustBeNone(m.problems.reorder + m.problems.misordered),
    ),
    card('other breaches', count(otherProblems(m)), mustBeNone(otherProblems(m))),
    card('told of gaps', count(m.gaps)),
    card('never came back', count(m.neverResumed), mustBeNone(m.neverResumed)),
    card('connects refused by the quota', count(experiment.refusedConnects)),
    card('differences between replicas', count(differences.length), mustBeNone(differences.length)),
    card('all had everything after', `${settledIn.toFixed(0)} s`),
  );
  const times = table(
    ['time', 'count', 'p50', 'p99', 'max'],
    (
      [
        ['acknowledged', m.acknowledgedIn],
        ...lost.map(({ region, in: back }): [string, Quantiles | undefined] => [
          `without service, of whom ${region} served when it was lost`,
          back,
        ]),
        ['resumed after a lost connection', m.resumedIn],
        ['pending', m.pendingFor],
        ...m.deliveredIn.map((pair): [string, Quantiles] => [
          `stored in ${pair.from}, delivered in ${pair.to}`,
          pair.in,
        ]),
      ] as const
    ).map(([name, q]) => [name, q?.count ?? 0, ms(q, 'p50'), ms(q, 'p99'), ms(q, 'max')]),
  );
  return `<h2>${title}</h2><p>${about}</p>${numbers}
${lineChart({ title: 'Acknowledged and delivered', unit: 'a second', marks, lines: flow(experiment) })}
${lineChart({ title: 'From storing to the application', unit: 'ms, logarithmic', marks, logarithmic: true, lines: latency(experiment) })}
${lineChart({ title: 'Clients by the region that serves them', unit: 'clients', marks, lines: connected(experiment) })}
${times}
<p>Verdicts: ${Object.entries(m.verdicts)
    .map(([name, times]) => `${name} ${count(times)}`)
    .join(', ')}. Publishes that were given up: ${
    Object.entries(m.failed)
      .map(([name, times]) => `${name} ${count(times)}`)
      .join(', ') || 'none'
  }.</p>
${m.examples.length === 0 ? '' : `<p>First breaches:</p><ul>${m.examples.map((text) => `<li><code>${text}</code></li>`).join('')}</ul>`}
<details><summary>Each client</summary>${table(
    [
      'client',
      'home',
      'published',
      'acknowledged',
      'delivered',
      'lost',
      'duplicated',
      'reordered',
      'resumed in',
      'pending for',
      'served by',
    ],
    m.clients.map((c) => [
      c.client,
      c.home,
      c.published,
      c.acknowledged,
      c.delivered,
      c.lost,
      c.duplicated,
      c.reordered,
      milliseconds(c.resumedIn),
      milliseconds(c.pendingFor),
      c.regions.join(' → '),
    ]),
  )}</details>`;
}

function flow({ measures: { seconds } }: Experiment): readonly Line[] {
  return [
    { name: 'acknowledged', color: COLORS[1] ?? '', points: seconds.map(({ at, acknowledged }) => [at, acknowledged]) },
    { name: 'delivered', color: COLORS[0] ?? '', points: seconds.map(({ at, delivered }) => [at, delivered]) },
  ];
}

function latency({ measures: { seconds } }: Experiment): readonly Line[] {
  const of = (quantile: 'p50' | 'p99'): (readonly [number, number])[] =>
    seconds.flatMap((second) => (second[quantile] === undefined ? [] : [[second.at, second[quantile]] as const]));
  return [
    { name: 'p50', color: COLORS[0] ?? '', points: of('p50') },
    { name: 'p99', color: COLORS[3] ?? '', points: of('p99') },
  ];
}

function connected({ regions, measures: { seconds } }: Experiment): readonly Line[] {
  return regions.map((region, i) => ({
    name: region,
    color: COLORS[i % COLORS.length] ?? '',
    points: seconds.map(({ at, connected: by }) => [at, by[region] ?? 0] as const),
  }));
}

function count(value: number): string {
  return value.toLocaleString('en');
}

function ms(quantiles: Quantiles | undefined, which: 'p50' | 'p99' | 'max'): string {
  return quantiles === undefined ? '–' : milliseconds(quantiles[which]);
}

function milliseconds(value: number): string {
  return value >= 10_000 ? `${(value / 1_000).toFixed(1)} s` : `${count(Math.round(value))} ms`;
}
