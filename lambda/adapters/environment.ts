import type { EnvironmentVariable } from '../../lib/contract/environment';

/**
 * A variable that the construct sets on the function.
 *
 * @throws Error when it is absent: the function was not deployed by the construct
 */
export function setting(name: EnvironmentVariable): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

/** The same for a variable that only some deployments have. */
export function optionalSetting(name: EnvironmentVariable): string | undefined {
  return process.env[name] || undefined;
}
