// Host names of one region's APIs: custom domain names, and the execute-api name of each API.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html

/** Maps a path prefix of a custom domain name to an API. */
export interface ApiMapping {
  readonly apiId: string;
  readonly stage: string;
  /** Path prefix without surrounding slashes; empty for every path without a more specific mapping. */
  readonly key: string;
}

export class ApiHosts {
  private readonly mappings = new Map<string, ApiMapping[]>();

  /** Adds a custom domain name. */
  public add(name: string): void {
    this.mappings.set(name.toLowerCase(), []);
  }

  /** @throws Error when the domain name does not exist */
  public map(name: string, mapping: ApiMapping): void {
    const mappings = this.mappings.get(name.toLowerCase());
    if (mappings === undefined) throw new Error(`the domain name ${name} does not exist`);
    mappings.push(mapping);
  }

  /**
   * Path of a request on the region's endpoint; undefined when no API is mapped to the host and path. API Gateway routes by
   * the requested host name, not by the name that DNS resolved.
   */
  public path(host: string, path: string): string | undefined {
    const name = host.toLowerCase();
    const [, own] = /^([a-z0-9]+)\.execute-api\./.exec(name) ?? [];
    if (own !== undefined) return `/execute-api/${own}${path === '/' ? '' : path}`;
    // A wildcard covers one label of a name.
    const mappings = this.mappings.get(name) ?? this.mappings.get(name.replace(/^[^.]+/, '*')) ?? [];
    const [best] = mappings
      .filter(({ key }) => key === '' || path === `/${key}` || path.startsWith(`/${key}/`))
      .sort((a, b) => b.key.length - a.key.length);
    if (best === undefined) return undefined;
    const rest = best.key === '' ? path : path.slice(best.key.length + 1);
    return `/execute-api/${best.apiId}${best.stage === '$default' ? '' : `/${best.stage}`}${rest === '/' ? '' : rest}`;
  }
}
