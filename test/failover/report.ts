// The report of the experiments, as one HTML file.
import type { Measures, Quantiles } from '../../load/measures';
import { lineChart, type Line } from '../../load/report/charts';
import { card, cards, page, table } from '../../load/report/page';
import type { Experiment } from './experiment';

const COLORS = ['#0b7a75', '#e6a400', '#5b5bd6', '#c2255c', '#3a86ff'];

/** How and when the experiments were run. */
export interface Provenance {
  readonly command: string;
  readonly date: string;
}

export function reportOf(experiments: readonly Experiment[], { command, date }: Provenance): string {
  const [one] = experiments;
  const intro = `<p>Real clients on real sockets, against the synthesized network in the local cloud: the deployed handlers, tables that replicate like DynamoDB
global tables, and Route 53 records that follow health checks. Run by <code>${command}</code> on ${date}, with ${one?.load.clients ?? 0} clients in ${one?.regions.join(', ') ?? ''}. The counts and
verdicts are the result. The times are those of one machine with two cores and emulated distances between regions.</p>`;
  const rows = experiments.map(({ variant, expected, measures: m }) => [
    variant,
    m.published,
    m.acknowledged,
    m.delivered,
    expected,
    m.problems.lost,
    m.problems.duplicate,
    reordered(m),
    otherProblems(m),
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
    'What happens to messages when a region fails',
    intro + table(head, rows) + experiments.map(section).join('\n'),
  );
}

function reordered({ problems }: Measures): number {
  return problems.reorder + problems.misordered;
}

/** Breaches without a column of their own. */
function otherProblems({ problems }: Measures): number {
  const shown = ['lost', 'duplicate', 'reorder', 'misordered'];
  return Object.entries(problems).reduce((sum, [kind, count]) => (shown.includes(kind) ? sum : sum + count), 0);
}

function section(experiment: Experiment): string {
  const { title, about, measures: m, timeline } = experiment;
  const marks = timeline.map(({ at, name }) => ({ x: at, name }));
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, times]) => `${name} ${count(times)}`)
      .join(', ') || 'none';
  const examples = m.examples.map((text) => `<li><code>${text}</code></li>`).join('');
  return `<h2>${title}</h2><p>${about}</p>${counters(experiment)}
${lineChart({ title: 'Acknowledged and delivered', unit: 'messages per second', marks, lines: flow(experiment) })}
${lineChart({ title: 'From storing to the application', unit: 'ms, logarithmic', marks, logarithmic: true, lines: latency(experiment) })}
${lineChart({ title: 'Clients by the region that serves them', unit: 'clients', marks, lines: connected(experiment) })}
${times(experiment)}
<p>Verdicts: ${list(m.verdicts)}. Abandoned publishes: ${list(m.failed)}.</p>
${m.examples.length === 0 ? '' : `<p>First breaches:</p><ul>${examples}</ul>`}
<details><summary>Each client</summary>${clientTable(experiment)}</details>`;
}

function counters({ measures: m, settledIn, expected, stored, differences, refusedConnects }: Experiment): string {
  const mustBeNone = (name: string, value: number): string => card(name, count(value), value === 0 ? 'good' : 'bad');
  const abandoned = Object.values(m.failed).reduce((sum, value) => sum + value, 0);
  return cards(
    card('published', count(m.published)),
    card('acknowledged', count(m.acknowledged)),
    card('abandoned by their publisher', count(abandoned)),
    card('stored', count(stored)),
    card('delivered', count(m.delivered), m.delivered === expected ? 'good' : 'bad'),
    card('to be delivered', count(expected)),
    mustBeNone('lost', m.problems.lost),
    mustBeNone('duplicated', m.problems.duplicate),
    mustBeNone('reordered', reordered(m)),
    mustBeNone('other breaches', otherProblems(m)),
    card('gap events', count(m.gaps)),
    mustBeNone('clients that did not reconnect', m.neverResumed),
    card('connects refused by the quota', count(refusedConnects)),
    mustBeNone('differences between replicas', differences.length),
    card('until all clients had everything', `${settledIn.toFixed(0)} s`),
  );
}

function times({ measures: m, lost }: Experiment): string {
  const rows: readonly (readonly [name: string, quantiles: Quantiles | undefined])[] = [
    ['acknowledged', m.acknowledgedIn],
    ...lost.map(({ region, in: back }) => [`without service, clients of ${region}`, back] as const),
    ['resumed after a lost connection', m.resumedIn],
    ['pending', m.pendingFor],
    ...m.deliveredIn.map((pair) => [`stored in ${pair.from}, delivered in ${pair.to}`, pair.in] as const),
  ];
  return table(
    ['time', 'count', 'p50', 'p99', 'max'],
    rows.map(([name, q]) => [name, q?.count ?? 0, ms(q, 'p50'), ms(q, 'p99'), ms(q, 'max')]),
  );
}

function clientTable({ measures: { clients } }: Experiment): string {
  const head = [
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
  ];
  return table(
    head,
    clients.map((c) => [
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
  );
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
