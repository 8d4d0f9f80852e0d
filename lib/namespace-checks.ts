import type { NamespaceSettings } from './contract/namespaces-variable';
import { ChannelOrdering, type Namespace } from './namespace';
import { secondsOf } from './util/duration';
import type { PropCheck } from './util/prop-check';

/** Lambda allows 4 KB for all variables; the others need less than 1 KB. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export const MAX_NAMESPACES_BYTES = 3_000;

/**
 * Notes what is wrong with the namespaces of a backend, or with any one of them. Without types, none at all gets here too.
 *
 * @param room bytes that a function's environment has for them
 */
export function checkNamespaces(check: PropCheck, namespaces: readonly Namespace[] | undefined, room: number): void {
  const given = namespaces ?? [];
  const names = given.map(({ name }) => name);
  const fix = "For example `[Namespace.durable('chat')]`.";
  check.check(names.length > 0, 'namespaces', 'must name at least one namespace', names, fix);
  check.check(new Set(names).size === names.length, 'namespaces', 'must name each namespace once', names, fix);
  for (const [index, namespace] of given.entries()) namespace._check(check, `namespaces[${index}]`);
  const bytes = Buffer.byteLength(namespacesJson(given));
  check.check(
    bytes <= room,
    'namespaces',
    `must fit ${room} bytes of a function's environment`,
    `${bytes} bytes for ${names.length} namespaces`,
    'Give channels segments instead of namespaces of their own.',
  );
}

/** Content of the `NAMESPACES` variable (lib/contract/environment.ts). */
export function namespacesJson(namespaces: readonly Namespace[]): string {
  const settings = namespaces.map(({ name, kind, retention, ordering }): [string, NamespaceSettings] => [
    name,
    {
      kind: kind as NamespaceSettings['kind'],
      retention: secondsOf(retention),
      // The default is left out: Lambda limits the size of all variables.
      ordering: ordering === ChannelOrdering.DIRECT ? undefined : ordering,
    },
  ]);
  return JSON.stringify(Object.fromEntries(settings));
}
