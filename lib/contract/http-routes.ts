/** Route that servers publish to (`POST`). */
export const PUBLISH_PATH = '/v1/channels/{channel}/messages';

/** Route by which a region says whether it can serve (`GET`). */
export const HEALTH_PATH = '/health';

/** Route by which a region says whether another region is drained (`GET`). */
export const EVACUATED_PATH = '/evacuated/{region}';

/** {@link EVACUATED_PATH} for one region. */
export function evacuatedPath(region: string): string {
  return EVACUATED_PATH.replace('{region}', region);
}

/** Answer of {@link EVACUATED_PATH}. */
export interface EvacuatedAnswer {
  /** The region when it is drained, otherwise `null`. */
  readonly evacuated: string | null;
}

/** Part of the JSON of an {@link EvacuatedAnswer} that says that a region is drained: Route 53 searches for this string. */
export function evacuatedSearchString(region: string): string {
  return `"evacuated":"${region}"`;
}
