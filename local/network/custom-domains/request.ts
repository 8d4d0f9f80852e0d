import type { IncomingMessage } from 'node:http';
import { normalName } from '../../services/route53';

/** A request to the front door: `/<host>/<path>?…`. */
export interface CustomDomainRequest {
  /** Empty for the front door itself. */
  readonly host: string;
  readonly path: string;
  /** With the question mark, without what is for the front door; empty when nothing is left. */
  readonly query: string;
  /** Region that the client is in, or near to. */
  readonly location: string | undefined;
  /** Whose resolver remembers the answer. */
  readonly resolverId: string | undefined;
}

/** A header for those who can't change the URL. */
const LOCATION_HEADER = 'x-client-location';

export function readRequest({ url = '/', headers }: IncomingMessage): CustomDomainRequest {
  const [, host = '', path = '', search = ''] = /^\/([^/?]*)([^?]*)\??(.*)$/.exec(url) ?? [];
  const parameters = search.split('&').filter((one) => one !== '');
  const given = new URLSearchParams(search);
  const header = headers[LOCATION_HEADER];
  // What is passed on stays as it was encoded.
  const passed = parameters.filter((one) => !/^(?:location|asker)(?:=|$)/.test(one));
  return {
    host: normalName(host),
    path: path === '' ? '/' : path,
    query: passed.length === 0 ? '' : `?${passed.join('&')}`,
    location: given.get('location') ?? (typeof header === 'string' ? header : undefined),
    resolverId: given.get('asker') ?? undefined,
  };
}

/** Headers as the client of a custom domain name would have sent them, names and values in turn. */
export function passedHeaders({ rawHeaders }: IncomingMessage, host: string): readonly string[] {
  const passed: string[] = ['Host', host];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const [name = '', value = ''] = rawHeaders.slice(i, i + 2);
    if (!['host', LOCATION_HEADER].includes(name.toLowerCase())) passed.push(name, value);
  }
  return passed;
}
