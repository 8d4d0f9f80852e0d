// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
import type { IncomingHttpHeaders } from 'node:http';
import type { Cors } from './model';

/** CORS headers that API Gateway adds; none when the request is not a CORS request or its origin is not allowed. */
export function corsHeaders(cors: Cors, method: string, request: IncomingHttpHeaders): Record<string, string> {
  const { origin } = request;
  if (origin === undefined) return {};
  if (method === 'OPTIONS' && request['access-control-request-method'] === undefined) return {};
  if (!cors.allowOrigins.some((allowed) => allows(allowed, origin))) return {};
  const list = (name: string, values: readonly string[]): Record<string, string> =>
    values.length === 0 ? {} : { [name]: values.join(',') };
  return {
    'access-control-allow-origin': cors.allowOrigins.includes('*') && !cors.allowCredentials ? '*' : origin,
    ...list('access-control-allow-methods', cors.allowMethods),
    ...list('access-control-allow-headers', cors.allowHeaders),
    ...list('access-control-expose-headers', cors.exposeHeaders),
    ...(cors.maxAge === undefined ? {} : { 'access-control-max-age': String(cors.maxAge) }),
    ...(cors.allowCredentials ? { 'access-control-allow-credentials': 'true' } : {}),
  };
}

/** Removes the CORS headers of an integration: API Gateway ignores them when the API has a CORS configuration. */
export function withoutCorsHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !name.startsWith('access-control-')));
}

/** @param allowed `*`, every origin of a scheme such as `https://*`, or one origin */
function allows(allowed: string, origin: string): boolean {
  if (allowed === '*') return true;
  return allowed.endsWith('://*') ? origin.startsWith(allowed.slice(0, -1)) : allowed === origin;
}
