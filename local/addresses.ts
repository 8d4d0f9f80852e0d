/**
 * Puts the local address of an emulated API in the place of the one that AWS would give it, wherever a template's text
 * holds it: outputs, and environments of functions. This is the only place where addresses are rewritten.
 *
 * @param endpoints base URL of each region's endpoint, `http://127.0.0.1:<port>`
 */
export function addressRewriter(endpoints: ReadonlyMap<string, string>): (text: string) => string {
  return (text) =>
    text.replaceAll(
      /(https|wss):\/\/([a-z0-9]+)\.execute-api\.([a-z0-9-]+)\.amazonaws\.com/g,
      (whole, scheme: string, apiId: string, region: string) => {
        const endpoint = endpoints.get(region);
        if (endpoint === undefined) return whole;
        return `${scheme === 'wss' ? endpoint.replace(/^http/, 'ws') : endpoint}/execute-api/${apiId}`;
      },
    );
}
