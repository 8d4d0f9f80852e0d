// What can be switched. A command comes as JSON: from the page, from the command line, from a program.
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

/** Every switch: what it does, and its fields, in the order in which the command line takes them. */
export const SWITCHES: Readonly<
  Record<SwitchCommand['switch'], { readonly description: string; readonly fields: readonly Field[] }>
> = {
  'region-down': { description: 'a region stops at once, and nobody is told', fields: [region] },
  'region-up': { description: 'it comes back, with what its tables had', fields: [region] },
  'pair-cut': { description: 'nothing passes between two regions', fields: pair },
  'pair-heal': { description: 'they reach each other again', fields: pair },
  'replication-pause': { description: 'tables are not replicated, one way', fields: between },
  'replication-resume': { description: 'they are again', fields: between },
  'replication-lag': {
    description: 'how long replication takes: half of it, and 99 in 100, in milliseconds',
    fields: [...between, { name: 'p50', kind: 'milliseconds' }, { name: 'p99', kind: 'milliseconds' }],
  },
  'service-fault': {
    description: `a service is slow (milliseconds), fails or throttles (a share of its calls): ${FAULTY_SERVICES.join(', ')}`,
    fields: [
      region, service,
      { name: 'slow', kind: 'milliseconds', isOptional: true },
      { name: 'fail', kind: 'share', isOptional: true },
      { name: 'throttle', kind: 'share', isOptional: true },
    ],
  },
  'service-heal': { description: 'it is well again', fields: [region, service] },
  'kill-functions': {
    description: "the region's function instances end, or those whose name contains a text",
    fields: [region, { name: 'pattern', kind: 'text', isOptional: true }],
  },
  'sockets-drop': { description: 'a share (0 to 1) of its WebSocket connections breaks', fields: [region, share] },
  'sockets-half-open': { description: 'neither side of them hears the other, and neither knows', fields: [region, share] },
  'connect-quota': {
    description: 'API Gateway takes so many new connections a second (500 unless your account was given more)',
    fields: [region, { name: 'rate', kind: 'rate' }],
  },
  'heal-all': { description: 'everything is well again', fields: [] },
};

/**
 * Reads a command.
 *
 * @throws LocalError switch_invalid, with what is allowed
 */
export function readCommand(value: unknown, regions: readonly string[]): SwitchCommand {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Readonly<Record<string, unknown>>;
  const name = given.switch;
  if (typeof name !== 'string' || !Object.hasOwn(SWITCHES, name)) {
    throw new LocalError('switch_invalid', `\`switch\` must be one of ${Object.keys(SWITCHES).join(', ')}.`);
  }
  const { fields } = SWITCHES[name as SwitchCommand['switch']];
  const unknown = Object.keys(given).find((key) => key !== 'switch' && !fields.some((field) => field.name === key));
  if (unknown !== undefined) throw new LocalError('switch_invalid', `${name} takes no \`${unknown}\`.`);
  for (const field of fields) checkField(name, field, given[field.name], regions);
  const { a, b, from, to, p50, p99 } = given;
  if ((a ?? from) !== undefined && (a ?? from) === (b ?? to)) {
    throw new LocalError('switch_invalid', `${name} is for two different regions.`);
  }
  if (name === 'replication-lag' && !(Number(p50) > 0 && Number(p99) >= Number(p50))) {
    throw new LocalError('switch_invalid', '`p50` must be above 0, and `p99` not below `p50`.');
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
