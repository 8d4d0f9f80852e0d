import type { IncomingMessage } from 'node:http';
import { normalName } from '../../services/route53';

/** A request to the custom domain server: `/<host>/<path>?…`. */
export interface CustomDomainRequest {
  /** Empty for the overview of names. */
  readonly host: string;
  readonly path: string;
  /** Query with the question mark, without `location` and `asker`; empty when it has no other parameter. */
  readonly query: string;
  /** Region of the client, or the nearest one. */
  readonly location: string | undefined;
  /** Resolver that caches the answer (`?asker=`). @default - no caching */
  readonly resolverId: string | undefined;
}

/** Header that states the location, for clients that can't change the URL. */
const LOCATION_HEADER = 'x-client-location';

export function readRequest({ url = '/', headers }: IncomingMessage): CustomDomainRequest {
  const [, host = '', path = '', search = ''] = /^\/([^/?]*)([^?]*)\??(.*)$/.exec(url) ?? [];
  const parameters = search.split('&').filter((one) => one !== '');
  const given = new URLSearchParams(search);
  const header = headers[LOCATION_HEADER];
  // The other parameters keep their encoding.
  const passed = parameters.filter((one) => !/^(?:location|asker)(?:=|$)/.test(one));
  return {
    host: normalName(host),
    path: path === '' ? '/' : path,
    query: passed.length === 0 ? '' : `?${passed.join('&')}`,
    location: given.get('location') ?? (typeof header === 'string' ? header : undefined),
    resolverId: given.get('asker') ?? undefined,
  };
}

/** Headers for the region, with the custom domain name as host: names and values alternate. */
export function passedHeaders({ rawHeaders }: IncomingMessage, host: string): readonly string[] {
  const passed: string[] = ['Host', host];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2);
    if (!['host', LOCATION_HEADER].includes(name.toLowerCase())) passed.push(name, value);
  }
  return passed;
}
