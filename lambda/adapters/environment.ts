// Reads the environment variables that the construct sets on a function.
import type { EnvironmentVariable } from '../../lib/contract/environment';
import { DEFAULT_CONNECT_QUOTA } from '../../lib/contract/limits';

/** @throws Error when the variable is missing: a fault of the deployment */
export function setting(name: EnvironmentVariable): string {
  const value = process.env[name];
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`);
  return value;
}

/** A variable that only some deployments have. */
export function optionalSetting(name: EnvironmentVariable): string | undefined {
  return process.env[name] || undefined;
}

/** Name of this region. */
export function ownRegion(): string {
  return setting('AWS_REGION');
}

/** Regions whose logs a channel has: those of the network, and former ones until their messages expire. */
export function originRegions(): readonly string[] {
  return optionalSetting('ORIGINS')?.split(',') ?? [ownRegion()];
}

/** URLs of the other regions' inbox queues, by region. Empty when there are no other regions. */
export function peerUrls(): ReadonlyMap<string, string> {
  return mapSetting('PEERS');
}

/** Regions of the network, this one first. */
export function networkRegions(): readonly string[] {
  return [ownRegion(), ...peerUrls().keys()];
}

/** Addresses that clients connect to, by region. */
export function hosts(): ReadonlyMap<string, string> {
  return mapSetting('HOSTS');
}

/** Requests to API Gateway that the account may make in this region, posts to connections included. Requests a second. */
export function requestQuota(): number {
  return positive('REQUEST_QUOTA');
}

/** Maximum number of shards that all workers together send to at the same time. */
export function shardsAtOnce(): number {
  return positive('SHARDS_AT_ONCE');
}

/** New connections a second that the other region with the lowest quota accepts. */
export function connectQuota(): number {
  return positive('CONNECT_QUOTA', DEFAULT_CONNECT_QUOTA);
}

/** @throws Error when a value is not an address: a fault of the deployment */
function mapSetting(name: EnvironmentVariable): ReadonlyMap<string, string> {
  const entries = Object.entries(JSON.parse(optionalSetting(name) ?? '{}') as Record<string, unknown>);
  return new Map(
    entries.map(([region, value]) => {
      if (typeof value !== 'string' || value === '') throw new Error(`${name}: ${region} has no address`);
      return [region, value];
    }),
  );
}

/** @throws Error when the variable is not a positive number, or is missing and has no fallback */
function positive(name: EnvironmentVariable, fallback?: number): number {
  const value = Number(fallback === undefined ? setting(name) : (optionalSetting(name) ?? fallback));
  if (!(value > 0)) throw new Error(`${name} must be above 0, got: ${value}`);
  return value;
}
