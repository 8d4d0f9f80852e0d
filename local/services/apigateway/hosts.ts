// Names that one region's APIs are reached by: custom domain names, and the one that each API has of its own.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/rest-api-mappings.html

/** The APIs below a custom domain name. */
export interface ApiMapping {
  readonly apiId: string;
  readonly stage: string;
  /** First parts of the path, without slashes around; empty for what no other mapping takes. */
  readonly key: string;
}

export class ApiHosts {
  private readonly mappings = new Map<string, ApiMapping[]>();

  /** Adds a custom domain name. */
  public add(name: string): void {
    this.mappings.set(name.toLowerCase(), []);
  }

  /** @throws Error when a template maps a name that it does not make */
  public map(name: string, mapping: ApiMapping): void {
    const mappings = this.mappings.get(name.toLowerCase());
    if (mappings === undefined) throw new Error(`there is no domain name ${name}`);
    mappings.push(mapping);
  }

  /**
   * Where a request is served, as a path of the region's endpoint; undefined when no API has that name and path.
   * API Gateway goes by the name that the client asks for, not by the one that its address was looked up under.
   */
  public path(host: string, path: string): string | undefined {
    const name = host.toLowerCase();
    const [, own] = /^([a-z0-9]+)\.execute-api\./.exec(name) ?? [];
    if (own !== undefined) return `/execute-api/${own}${path === '/' ? '' : path}`;
    // A wildcard stands for one part of a name.
    const mappings = this.mappings.get(name) ?? this.mappings.get(name.replace(/^[^.]+/, '*')) ?? [];
    const [best] = mappings
      .filter(({ key }) => key === '' || path === `/${key}` || path.startsWith(`/${key}/`))
      .sort((a, b) => b.key.length - a.key.length);
    if (best === undefined) return undefined;
    const rest = best.key === '' ? path : path.slice(best.key.length + 1);
    return `/execute-api/${best.apiId}${best.stage === '$default' ? '' : `/${best.stage}`}${rest === '/' ? '' : rest}`;
  }
}
