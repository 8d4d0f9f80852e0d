import type { ApiModel, Route } from './model';

export interface RouteMatch {
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

/**
 * Selects the most specific route: full match, then `{proxy+}`, then `$default`; a method before `ANY`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 *
 * @throws URIError when the value of a path parameter can't be decoded
 */
export function matchRoute(api: ApiModel, method: string, path: string): RouteMatch | undefined {
  const candidates = [...api.routes.values()].flatMap((route) => {
    const [routeMethod = '', template = ''] = route.key.split(' ');
    if (routeMethod !== method && routeMethod !== 'ANY') return [];
    const parameters = matchPath(template, path);
    if (parameters === undefined) return [];
    const rank = (template.includes('+}') ? 100 : template.split('{').length - 1) + (routeMethod === 'ANY' ? 0.5 : 0);
    return [{ route, parameters, rank }];
  });
  const [best] = candidates.sort((a, b) => a.rank - b.rank);
  if (best !== undefined) return best;
  const fallback = api.routeByKey('$default');
  return fallback === undefined ? undefined : { route: fallback, parameters: {} };
}

function matchPath(template: string, path: string): Readonly<Record<string, string>> | undefined {
  const parameters: Record<string, string> = {};
  const wanted = template.split('/');
  const given = path.split('/');
  for (const [i, part] of wanted.entries()) {
    const [, name = '', plus] = /^\{(.+?)(\+?)\}$/.exec(part) ?? [];
    if (plus === '+') {
      const rest = given.slice(i).join('/');
      return rest === '' ? undefined : { ...parameters, [name]: decodeURIComponent(rest) };
    }
    const value = given[i];
    if (value === undefined || (name === '' ? value !== part : value === '')) return undefined;
    if (name !== '') parameters[name] = decodeURIComponent(value);
  }
  return given.length === wanted.length ? parameters : undefined;
}
