import { RealtimeError } from '../protocol';

const UNITS = { s: 1, m: 60, h: 3_600, d: 86_400 } as const;

/**
 * Reads a duration such as `30s`, `5m`, `1h` or `1d`. Returns seconds.
 *
 * @param option name of the option, for errors
 * @throws RealtimeError cli_usage
 */
export function readDuration(option: string, text: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? [];
  if (count === '') throw new RealtimeError('cli_usage', `${option} takes a number and s, m, h or d, got: ${text}.`);
  return Number(count) * UNITS[unit as keyof typeof UNITS];
}
