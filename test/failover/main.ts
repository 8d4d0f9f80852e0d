// `npm run experiment:failover`: counts what happens to messages when a region fails.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { printProgress, runCommand } from '../../bench/support/command';
import type { Experiment, LoadOptions, Variant } from './experiment';
import { startNetwork } from './network';
import { reportOf } from './report';
import { runExperiment } from './run';
import { VARIANTS } from './variants';

const REGIONS = ['eu-west-1', 'us-east-1', 'ap-northeast-1', 'sa-east-1', 'ap-southeast-2'];

/** Channels that each client subscribes to. */
const SUBSCRIPTIONS = 2;

const HELP = `npm run experiment:failover -- [--variant id,id] [--regions 3] [--clients 510] [--listeners 170] [--rate 2] [--seconds 150] [--out folder] [--json]

Runs a network of several regions in the local cloud, with real clients that publish and subscribe in each region, and injects a
failure. Counts, for each client and in total: messages published, acknowledged, delivered, lost, duplicated, reordered, and pending
until a region returned; and the time to resume. Exits with 1 when a guarantee was broken, or when the failure had no effect.

  --variant …   experiments to run: ${VARIANTS.map(({ id }) => id).join(', ')} (default: all)
  --regions N   number of regions, 2 to ${REGIONS.length}
  --clients N   clients, spread evenly over the regions; each subscribes to ${SUBSCRIPTIONS} channels
  --listeners N approximate number of subscribers of a channel
  --rate N      publishes per second, of all clients together
  --seconds N   duration of publishing
  --out folder  write the report (failover.html) and its data (failover.json) to a folder
  --json        print the results as JSON`;

interface Options {
  readonly variants: readonly Variant[];
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
  const whole = (name: 'regions' | 'clients' | 'listeners' | 'rate' | 'seconds', min: number, max: number): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < min || value > max)
      throw new Error(`--${name} must be a whole number from ${min} to ${max}, got: ${values[name]}`);
    return value;
  };
  const clients = whole('clients', 2, 5_000);
  return {
    variants: readVariants(values.variant),
    out: values.out,
    json: values.json,
    regions: REGIONS.slice(0, whole('regions', 2, REGIONS.length)),
    load: {
      clients,
      // A client subscribes to different channels.
      channels: Math.max(SUBSCRIPTIONS, Math.round((clients * SUBSCRIPTIONS) / whole('listeners', 1, clients))),
      subscriptions: SUBSCRIPTIONS,
      publishers: Math.min(60, clients),
      rate: whole('rate', 1, 1_000),
      seconds: whole('seconds', 10, 3_600),
    },
  };
}

/** @param list ids with commas between; all variants when it is undefined */
function readVariants(list: string | undefined): readonly Variant[] {
  const known = VARIANTS.map(({ id }) => id);
  return (list?.split(',') ?? known).map((id) => {
    const variant = VARIANTS.find((one) => one.id === id);
    if (variant === undefined) throw new Error(`--variant must be one of ${known.join(', ')}, got: ${id}`);
    return variant;
  });
}

/** Broken guarantees, and effects of the failure that did not show. */
function problemsOf(experiment: Experiment, { missingEffects }: Variant): readonly string[] {
  const { measures, differences, expected } = experiment;
  const { published, acknowledged, delivered, problems } = measures;
  return [
    ...Object.entries(problems).flatMap(([kind, count]) => (count > 0 ? `${kind} ${count}` : [])),
    ...(acknowledged > 0 && acknowledged === published ? [] : [`${acknowledged} of ${published} acknowledged`]),
    ...(delivered === expected ? [] : [`${delivered} of ${expected} delivered`]),
    ...(differences.length === 0 ? [] : [`replicas differ in ${differences.length} places`]),
    ...missingEffects(experiment),
  ];
}

/** Runs one experiment in a network of its own, so that it starts with empty tables. */
async function runVariant(variant: Variant, { regions, load }: Options): Promise<Experiment> {
  printProgress(`\n${variant.title}`);
  const network = await startNetwork(regions);
  try {
    return await runExperiment(network, { variant, load, printProgress });
  } finally {
    await network.stop();
  }
}

async function run(options: Options): Promise<number> {
  const experiments: Experiment[] = [];
  let hasProblems = false;
  for (const variant of options.variants) {
    const experiment = await runVariant(variant, options);
    experiments.push(experiment);
    const { measures: m, expected } = experiment;
    const problems = problemsOf(experiment, variant);
    hasProblems ||= problems.length > 0;
    printProgress(
      `${m.published} published, ${m.acknowledged} acknowledged, ${m.delivered} of ${expected} delivered, ` +
        (m.resumedIn === undefined ? 'no client had to resume; ' : `resumed in ${JSON.stringify(m.resumedIn)}; `) +
        (problems.length === 0 ? 'no guarantee was broken' : `problems: ${problems.join(', ')}`),
    );
    for (const example of m.examples) printProgress(`  ${example}`);
  }
  writeResults(experiments, options);
  return hasProblems ? 1 : 0;
}

function writeResults(experiments: readonly Experiment[], { json, out }: Options): void {
  const data = JSON.stringify(experiments);
  if (json) console.log(data);
  if (out === undefined) return;
  mkdirSync(out, { recursive: true });
  const command = `npm run experiment:failover -- ${process.argv.slice(2).join(' ')}`;
  const date = new Date().toISOString().slice(0, 10);
  writeFileSync(path.join(out, 'failover.html'), reportOf(experiments, { command, date }));
  writeFileSync(path.join(out, 'failover.json'), data);
}

runCommand({ help: HELP, readOptions, run });
