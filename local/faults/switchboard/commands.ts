// Commands of the switchboard. They arrive as JSON from the page, the CLI or a program.
import { LocalError } from '../../support/errors';
import { FAULTY_SERVICES, type FaultyService } from '../service-faults';

export type SwitchCommand =
  | { readonly switch: 'region-down' | 'region-up'; readonly region: string }
  | { readonly switch: 'pair-cut' | 'pair-heal'; readonly a: string; readonly b: string }
  | { readonly switch: 'replication-pause' | 'replication-resume'; readonly from: string; readonly to: string }
  | {
      readonly switch: 'replication-lag';
      readonly from: string;
      readonly to: string;
      /** Milliseconds. */
      readonly p50: number;
      readonly p99: number;
    }
  | {
      readonly switch: 'service-fault';
      readonly region: string;
      readonly service: FaultyService;
      readonly slow?: number;
      readonly fail?: number;
      readonly throttle?: number;
    }
  | { readonly switch: 'service-heal'; readonly region: string; readonly service: FaultyService }
  | { readonly switch: 'kill-functions'; readonly region: string; readonly pattern?: string }
  | { readonly switch: 'sockets-drop' | 'sockets-half-open'; readonly region: string; readonly share: number }
  | { readonly switch: 'connect-quota'; readonly region: string; readonly rate: number }
  | { readonly switch: 'heal-all' };

type Kind = 'region' | 'service' | 'milliseconds' | 'share' | 'rate' | 'text';
interface Field {
  readonly name: string;
  readonly kind: Kind;
  readonly isOptional?: boolean;
}

const region: Field = { name: 'region', kind: 'region' };
const between: readonly Field[] = [
  { name: 'from', kind: 'region' },
  { name: 'to', kind: 'region' },
];
const pair: readonly Field[] = [
  { name: 'a', kind: 'region' },
  { name: 'b', kind: 'region' },
];
const share: Field = { name: 'share', kind: 'share' };
const service: Field = { name: 'service', kind: 'service' };

/** Every switch: its description, and its fields in the order of the CLI's arguments. */
export const SWITCHES: Readonly<
  Record<SwitchCommand['switch'], { readonly description: string; readonly fields: readonly Field[] }>
> = {
  'region-down': { description: 'stops a region abruptly, without closing connections', fields: [region] },
  'region-up': { description: 'starts the region again, with the items of its tables', fields: [region] },
  'pair-cut': { description: 'cuts two regions off from each other', fields: pair },
  'pair-heal': { description: 'reconnects two regions', fields: pair },
  'replication-pause': { description: 'pauses the replication of tables, in one direction', fields: between },
  'replication-resume': { description: 'resumes the replication of tables', fields: between },
  'replication-lag': {
    description: 'sets the median and the 99th percentile of the replication lag, in milliseconds',
    fields: [...between, { name: 'p50', kind: 'milliseconds' }, { name: 'p99', kind: 'milliseconds' }],
  },
  'service-fault': {
    description: `delays (milliseconds), fails or throttles (fraction of calls) a service: ${FAULTY_SERVICES.join(', ')}`,
    fields: [
      region,
      service,
      { name: 'slow', kind: 'milliseconds', isOptional: true },
      { name: 'fail', kind: 'share', isOptional: true },
      { name: 'throttle', kind: 'share', isOptional: true },
    ],
  },
  'service-heal': { description: 'clears the fault of a service', fields: [region, service] },
  'kill-functions': {
    description: 'ends all function instances of a region, or those whose name contains a text',
    fields: [region, { name: 'pattern', kind: 'text', isOptional: true }],
  },
  'sockets-drop': { description: 'breaks a fraction (0 to 1) of the WebSocket connections', fields: [region, share] },
  'sockets-half-open': {
    description: 'makes a fraction of the WebSocket connections half-open: neither side receives data or notices',
    fields: [region, share],
  },
  'connect-quota': {
    description: 'limits new connections per second (the default quota of an account is 500)',
    fields: [region, { name: 'rate', kind: 'rate' }],
  },
  'heal-all': { description: 'clears all faults', fields: [] },
};

/**
 * Validates a command.
 *
 * @throws LocalError switch_invalid, with the allowed values
 */
export function readCommand(value: unknown, regions: readonly string[]): SwitchCommand {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const name = given.switch;
  if (typeof name !== 'string' || !Object.hasOwn(SWITCHES, name)) {
    throw new LocalError('switch_invalid', `\`switch\` must be one of ${Object.keys(SWITCHES).join(', ')}.`);
  }
  const { fields } = SWITCHES[name as SwitchCommand['switch']];
  const unknown = Object.keys(given).find((key) => key !== 'switch' && !fields.some((field) => field.name === key));
  if (unknown !== undefined) throw new LocalError('switch_invalid', `${name} has no field \`${unknown}\`.`);
  for (const field of fields) checkField(name, field, given[field.name], regions);
  const { a, b, from, to, p50, p99 } = given;
  if ((a ?? from) !== undefined && (a ?? from) === (b ?? to)) {
    throw new LocalError('switch_invalid', `${name} needs two different regions.`);
  }
  if (name === 'replication-lag' && !(Number(p50) > 0 && Number(p99) >= Number(p50))) {
    throw new LocalError('switch_invalid', '`p50` must be greater than 0, and `p99` at least `p50`.');
  }
  return given as unknown as SwitchCommand;
}

function checkField(name: string, field: Field, value: unknown, regions: readonly string[]): void {
  if (value === undefined && field.isOptional === true) return;
  const allowed: Readonly<Record<Kind, readonly [isValid: boolean, rule: string]>> = {
    region: [typeof value === 'string' && regions.includes(value), `one of ${regions.join(', ')}`],
    service: [FAULTY_SERVICES.some((one) => one === value), `one of ${FAULTY_SERVICES.join(', ')}`],
    milliseconds: [isNumber(value) && value >= 0, 'a number of milliseconds'],
    rate: [isNumber(value) && value >= 1, 'a number of 1 or more'],
    share: [isNumber(value) && value >= 0 && value <= 1, 'a number from 0 to 1'],
    text: [typeof value === 'string' && value !== '', 'a text'],
  };
  const [isValid, rule] = allowed[field.kind];
  if (!isValid) {
    throw new LocalError(
      'switch_invalid',
      `\`${field.name}\` of ${name} must be ${rule}, got: ${JSON.stringify(value)}.`,
    );
  }
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
