import type { ApiModel, Route } from './model';

/**
 * Selects the route of a message: by `$request.body.<path>`, else `$default`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
 */
export function selectRoute(api: ApiModel, body: string): Route | undefined {
  const path = pathOf(api.routeSelection);
  let value: unknown;
  try {
    value = path.reduce<unknown>((level, name) => (level as Record<string, unknown> | null)?.[name], JSON.parse(body));
  } catch {
    // A message that is not JSON matches $default only.
  }
  // Messages can't select `$connect` and `$disconnect`.
  const selected = typeof value === 'string' && !value.startsWith('$') ? api.routeByKey(value) : undefined;
  return selected ?? api.routeByKey('$default');
}

/** Whether the local cloud emulates a route selection expression. */
export function isEmulatedSelection(expression: string): boolean {
  return pathOf(expression).length > 0;
}

function pathOf(expression: string): readonly string[] {
  return /^\$\{?request\.body\.([\w.-]+)\}?$/.exec(expression)?.[1]?.split('.') ?? [];
}
