import type { ApiModel, Route } from './model';

/**
 * The route that a message selects: by `$request.body.<path>`, else `$default`.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html
 */
export function selectRoute(api: ApiModel, body: string): Route | undefined {
  const path = pathOf(api.routeSelection);
  let value: unknown;
  try {
    value = path.reduce<unknown>((level, name) => (level as Record<string, unknown> | null)?.[name], JSON.parse(body));
  } catch {
    // Not JSON: only $default is left.
  }
  // `$connect` and `$disconnect` are not for messages.
  const selected = typeof value === 'string' && !value.startsWith('$') ? api.routeByKey(value) : undefined;
  return selected ?? api.routeByKey('$default');
}

/** Whether an API's selection expression is of the form that is emulated. */
export function isEmulatedSelection(expression: string): boolean {
  return pathOf(expression).length > 0;
}

function pathOf(expression: string): readonly string[] {
  return /^\$\{?request\.body\.([\w.-]+)\}?$/.exec(expression)?.[1]?.split('.') ?? [];
}
