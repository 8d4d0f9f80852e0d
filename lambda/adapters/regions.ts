import type { EnvironmentVariable } from '../../lib/contract/environment';
import { DEFAULT_CONNECT_QUOTA } from '../../lib/contract/limits';
import { optionalSetting, setting } from './environment';

/** This region's name. */
export function ownRegion(): string {
  return setting('AWS_REGION');
}

/** Regions whose logs a channel has: the network's, and those that left it while their messages are kept. */
export function originRegions(): readonly string[] {
  return optionalSetting('ORIGINS')?.split(',') ?? [ownRegion()];
}

/** The inboxes of the other regions, region to URL; none where this region is alone. */
export function peerUrls(): ReadonlyMap<string, string> {
  return mapSetting('PEERS');
}

/** The regions that serve. */
export function networkRegions(): readonly string[] {
  return [ownRegion(), ...peerUrls().keys()];
}

/** Where clients connect, region to address. */
export function hosts(): ReadonlyMap<string, string> {
  return mapSetting('HOSTS');
}

/** @throws Error when it is not what the construct writes: a fault of the deployment */
function mapSetting(name: EnvironmentVariable): ReadonlyMap<string, string> {
  const entries = Object.entries(JSON.parse(optionalSetting(name) ?? '{}') as Record<string, unknown>);
  return new Map(
    entries.map(([region, value]) => {
      if (typeof value !== 'string' || value === '') throw new Error(`${name}: ${region} has no address`);
      return [region, value];
    }),
  );
}

/** Requests a second that the account may make of API Gateway in this region, posts to connections included. */
export function requestQuota(): number {
  return positive('REQUEST_QUOTA');
}

/** Shards of channels that workers send to side by side, at most. */
export function shardsAtOnce(): number {
  return positive('SHARDS_AT_ONCE');
}

/** New connections a second that the account may open in a region. */
export function connectQuota(): number {
  return positive('CONNECT_QUOTA', DEFAULT_CONNECT_QUOTA);
}

/** @throws Error when it is something else, or absent and nothing stands in */
function positive(name: EnvironmentVariable, otherwise?: number): number {
  const value = Number(otherwise === undefined ? setting(name) : (optionalSetting(name) ?? otherwise));
  if (!(value > 0)) throw new Error(`${name} is not above 0: ${value}`);
  return value;
}
