import type { ApiModel } from './model';

/** A stage of a WebSocket or HTTP API, and its URL for clients. */
export interface ApiEndpoint {
  readonly stack: string;
  readonly id: string;
  readonly name: string;
  readonly protocol: 'WEBSOCKET' | 'HTTP';
  /** `$default`, or a name; undefined when the API has no stage. */
  readonly stage: string | undefined;
  /** Undefined when the API has no stage: no client can reach it. */
  readonly url: string | undefined;
}

/**
 * Every stage of the given APIs.
 *
 * @param base URL of the region's endpoint, `http://127.0.0.1:<port>`
 */
export function apiEndpoints(apis: readonly ApiModel[], base: string): readonly ApiEndpoint[] {
  return apis.flatMap(({ id, name, stack, protocol, stages }): readonly ApiEndpoint[] => {
    const root = `${protocol === 'WEBSOCKET' ? base.replace(/^http/, 'ws') : base}/execute-api/${id}`;
    if (stages.size === 0) return [{ stack, id, name, protocol, stage: undefined, url: undefined }];
    return [...stages.keys()].map((stage) => {
      const url = stage === '$default' ? root : `${root}/${stage}`;
      return { stack, id, name, protocol, stage, url };
    });
  });
}
