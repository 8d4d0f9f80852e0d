// Mapping templates of MOCK integrations. Emulated: text with `$context.<name>` variables.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html

/** Replaces `$context.<name>` variables. */
export function renderContext(template: string, context: object): string {
  return template.replaceAll(/\$context\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)/g, (_, name: string) => {
    const value = lookUp(context, name.split('.'));
    if (value === undefined || value === null) return '-';
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
}

/** First Velocity expression of a template that is not emulated; undefined when there is none. */
export function unsupportedVelocity(template: string): string | undefined {
  return /#\w+|#\{|\$!?\{|\$!?(?!context\.)[A-Za-z_]\w*/.exec(template)?.[0];
}

function lookUp(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (level, name) =>
      typeof level === 'object' && level !== null ? (level as Readonly<Record<string, unknown>>)[name] : undefined,
    value,
  );
}
