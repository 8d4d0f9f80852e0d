/**
 * Returns a function that replaces the AWS addresses of emulated APIs by their local addresses in a template's text, such as
 * outputs and environments of functions. No other code rewrites addresses.
 *
 * @param endpoints base URL of each region's endpoint, `http://127.0.0.1:<port>`
 * @param customDomains base URL of each custom domain name, `http://127.0.0.1:<port>/<host>`
 */
export function addressRewriter(
  endpoints: ReadonlyMap<string, string>,
  customDomains: ReadonlyMap<string, string> = new Map(),
): (text: string) => string {
  return (text) =>
    text
      .replaceAll(
        /(https|wss):\/\/([a-z0-9]+)\.execute-api\.([a-z0-9-]+)\.amazonaws\.com/g,
        (whole, scheme: string, apiId: string, region: string) => {
          const endpoint = endpoints.get(region);
          return endpoint === undefined ? whole : `${withScheme(scheme, endpoint)}/execute-api/${apiId}`;
        },
      )
      // Queue URLs of other regions contain the queue's name, so the path stays unchanged.
      .replaceAll(
        /https:\/\/sqs\.([a-z0-9-]+)\.amazonaws\.com/g,
        (whole, region: string) => endpoints.get(region) ?? whole,
      )
      .replaceAll(/(https|wss):\/\/([\w-]+(?:\.[\w-]+)+)(?!:\d)/g, (whole, scheme: string, host: string) => {
        const url = customDomains.get(host.toLowerCase());
        return url === undefined ? whole : withScheme(scheme, url);
      });
}

function withScheme(scheme: string, url: string): string {
  return scheme === 'wss' ? url.replace(/^http/, 'ws') : url;
}
