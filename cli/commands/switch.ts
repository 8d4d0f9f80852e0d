import { SWITCHES } from '../../local';
import { RealtimeError } from '../../protocol';
import { fetchFromDev } from '../server/dev-state';

/** The list of switches for `cdk-realtime switch --help`. */
export function switchesHelp(): string {
  const lines = Object.entries(SWITCHES).map(([name, { description, fields }]) => {
    const usage = fields.map((field) => (field.isOptional === true ? `[${field.name}=…]` : `<${field.name}>`));
    return `  ${[name, ...usage].join(' ')}\n      ${description}`;
  });
  return `\nSwitches:\n${lines.join('\n')}\n\nExamples:\n  cdk-realtime switch region-down eu-west-1\n  cdk-realtime switch service-fault us-east-1 dynamodb slow=200 throttle=0.1\n  cdk-realtime switch heal-all\n`;
}

/** Sets a switch of the local cloud that runs in this folder. */
export async function setSwitch(
  name: string,
  given: readonly string[],
  { json }: { readonly json: boolean },
): Promise<void> {
  const command = commandOf(name, given);
  const state = await fetchFromDev<object>('/cloud/switch', command);
  process.stdout.write(json ? `${JSON.stringify(state)}\n` : `${[name, ...given].join(' ')}: done\n`);
}

/** Required fields are positional, optional ones have names. The local cloud validates the values. */
function commandOf(name: string, given: readonly string[]): object {
  const known = Object.hasOwn(SWITCHES, name) ? SWITCHES[name as keyof typeof SWITCHES] : undefined;
  if (known === undefined) {
    throw new RealtimeError('switch_invalid', `Got: ${name}. The switches are: ${Object.keys(SWITCHES).join(', ')}.`);
  }
  const required = known.fields.filter(({ isOptional }) => isOptional !== true);
  const placed = given.filter((one) => !one.includes('='));
  if (placed.length > required.length) {
    throw new RealtimeError(
      'switch_invalid',
      `${name} takes ${required.map((field) => field.name).join(', ') || 'no fields'}.`,
    );
  }
  const named = given.filter((one) => one.includes('=')).map((one) => one.split('=', 2) as [string, string]);
  const fields = [...placed.map((value, i) => [required[i]?.name ?? '', value] as const), ...named];
  const kinds = new Map(known.fields.map((field) => [field.name, field.kind]));
  const isNumber = (field: string): boolean => ['milliseconds', 'share', 'rate'].includes(kinds.get(field) ?? '');
  return {
    switch: name,
    ...Object.fromEntries(fields.map(([field, value]) => [field, isNumber(field) ? Number(value) : value])),
  };
}
