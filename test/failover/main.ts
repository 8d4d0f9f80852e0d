// `npm run experiment:failover`: what becomes of messages when a region fails, counted.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startNetwork } from './network';
import { reportOf } from './report';
import { type Experiment, type LoadOptions, runExperiment } from './run';
import { type Variant, VARIANTS } from './variants';

const REGIONS = ['eu-west-1', 'us-east-1', 'ap-northeast-1', 'sa-east-1', 'ap-southeast-2'];

/** Channels that each client listens to. */
const SUBSCRIPTIONS = 2;

const HELP = `npm run experiment:failover -- [--variant id,id] [--regions 3] [--clients 510] [--listeners 170] [--rate 2] [--seconds 150] [--out folder] [--json]

Runs a network of several regions in the local cloud, with real SDK clients that publish and subscribe in each, does something to it
while they do, and counts for each client and in all: published, acknowledged, delivered, lost, duplicated, reordered, pending and for how
long, and the time to resume. Exits with 1 when a promise was broken.

  --variant …   ${VARIANTS.map(({ id }) => id).join(', ')}; otherwise all
  --regions N   2 to ${REGIONS.length}
  --clients N   spread evenly over the regions; each listens to two channels
  --listeners N that a channel has, about
  --rate N      publishes a second, in all
  --seconds N   how long is published
  --out folder  writes failover.html and failover.json there
  --json        the results on standard output, for a program`;

interface Options {
  readonly variants: readonly (typeof VARIANTS)[number][];
  readonly regions: readonly string[];
  readonly load: LoadOptions;
  readonly out: string | undefined;
  readonly json: boolean;
}

function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      variant: { type: 'string' },
      regions: { type: 'string', default: '3' },
      clients: { type: 'string', default: '510' },
      listeners: { type: 'string', default: '170' },
      rate: { type: 'string', default: '2' },
      seconds: { type: 'string', default: '150' },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const whole = (
    name: 'regions' | 'clients' | 'listeners' | 'rate' | 'seconds',
    least: number,
    most: number,
  ): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < least || value > most)
      throw new Error(`--${name} must be a whole number from ${least} to ${most}, got: ${values[name]}`);
    return value;
  };
  const wanted = values.variant?.split(',') ?? VARIANTS.map(({ id }) => id);
  const variants = wanted.map((id) => {
    const variant = VARIANTS.find((one) => one.id === id);
    if (variant === undefined)
      throw new Error(`--variant knows ${VARIANTS.map((one) => one.id).join(', ')}, got: ${id}`);
    return variant;
  });
  const clients = whole('clients', 2, 5_000);
  return {
    ...{ variants, out: values.out, json: values.json },
    regions: REGIONS.slice(0, whole('regions', 2, REGIONS.length)),
    load: {
      clients,
      // Each of a client's channels is another.
      channels: Math.max(SUBSCRIPTIONS, Math.round((clients * SUBSCRIPTIONS) / whole('listeners', 1, clients))),
      subscriptions: SUBSCRIPTIONS,
      publishers: Math.min(60, clients),
      rate: whole('rate', 1, 1_000),
      seconds: whole('seconds', 10, 3_600),
    },
  };
}

/** What is wrong with a run: a promise that was broken, or something that had to happen and did not. */
function wrongWith(experiment: Experiment, { misses }: Variant): readonly string[] {
  const { measures, differences, expected } = experiment;
  const { published, acknowledged, delivered, problems } = measures;
  return [
    ...Object.entries(problems).flatMap(([kind, count]) => (count > 0 ? `${kind} ${count}` : [])),
    ...(acknowledged > 0 && acknowledged === published ? [] : [`${acknowledged} of ${published} acknowledged`]),
    ...(delivered === expected ? [] : [`${delivered} of ${expected} delivered`]),
    ...(differences.length === 0 ? [] : [`replicas differ in ${differences.length} places`]),
    ...misses(experiment),
  ];
}

async function main(): Promise<number> {
  let options: Options | 'help';
  try {
    options = readOptions();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  if (options === 'help') {
    console.log(HELP);
    return 0;
  }
  const { variants, regions, load, out, json } = options;
  const say = (text: string): void => {
    console.error(text);
  };
  const experiments: Experiment[] = [];
  let isKept = true;
  for (const variant of variants) {
    say(`\n${variant.title}`);
    // Each begins with empty tables.
    const network = await startNetwork(regions);
    try {
      const experiment = await runExperiment(network, variant, load, say);
      experiments.push(experiment);
      const { measures: m, expected } = experiment;
      const wrong = wrongWith(experiment, variant);
      isKept &&= wrong.length === 0;
      say(
        `${m.published} published, ${m.acknowledged} acknowledged, ${m.delivered} of ${expected} delivered, ` +
          (m.resumedIn === undefined ? 'nobody had to resume; ' : `resumed in ${JSON.stringify(m.resumedIn)}; `) +
          (wrong.length === 0 ? 'every promise kept' : `wrong: ${wrong.join(', ')}`),
      );
      for (const example of m.examples) say(`  ${example}`);
    } finally {
      await network.stop();
    }
  }
  if (json) console.log(JSON.stringify(experiments));
  if (out !== undefined) {
    mkdirSync(out, { recursive: true });
    const command = `npm run experiment:failover -- ${process.argv.slice(2).join(' ')}`;
    const date = new Date().toISOString().slice(0, 10);
    writeFileSync(path.join(out, 'failover.html'), reportOf(experiments, command, date));
    writeFileSync(path.join(out, 'failover.json'), JSON.stringify(experiments));
  }
  return isKept ? 0 : 1;
}

void main().then((code) => {
  process.exit(code);
});
