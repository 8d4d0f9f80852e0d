import { DEFAULT_RESUME_WINDOW_SECONDS, type NamespaceSettings } from './contract/namespaces-variable';
import { ChannelOrdering, type Namespace } from './namespace';
import { secondsOf } from './util/duration';
import type { PropCheck } from './util/prop-check';

/**
 * Bytes of the `NAMESPACES` variable. Lambda limits all variables of a function to 4 KB; the others need less than 1 KB.
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_NAMESPACES_BYTES = 3_000;

/**
 * Checks the namespaces of a backend, and each of them.
 *
 * @param namespaces undefined is possible in JavaScript
 * @param maxBytes bytes of a function's environment that are left for them
 */
export function checkNamespaces(
  check: PropCheck,
  namespaces: readonly Namespace[] | undefined,
  maxBytes: number,
): void {
  const all = namespaces ?? [];
  const names = all.map(({ name }) => name);
  const fix = "For example `[Namespace.durable('chat')]`.";
  check.require(names.length > 0, {
    prop: 'namespaces',
    rule: 'must contain at least one namespace',
    got: names,
    fix,
  });
  check.require(new Set(names).size === names.length, {
    prop: 'namespaces',
    rule: 'must contain each name once',
    got: names,
    fix,
  });
  for (const [index, namespace] of all.entries()) namespace._check(check, `namespaces[${index}]`);
  const bytes = Buffer.byteLength(namespacesJson(all));
  check.require(bytes <= maxBytes, {
    prop: 'namespaces',
    rule: `must fit ${maxBytes} bytes of a function's environment`,
    got: `${bytes} bytes for ${names.length} namespaces`,
    fix: 'Use segments of channel names instead of more namespaces.',
  });
}

/** Content of the `NAMESPACES` variable (lib/contract/environment.ts). */
export function namespacesJson(namespaces: readonly Namespace[]): string {
  const settings = namespaces.map(({ name, kind, retention, ordering, resumeWindow }): [string, NamespaceSettings] => [
    name,
    {
      kind: kind as NamespaceSettings['kind'],
      retention: secondsOf(retention),
      // Defaults are left out to save space.
      ordering: ordering === ChannelOrdering.DIRECT ? undefined : ordering,
      resumeWindow: secondsOf(resumeWindow) === DEFAULT_RESUME_WINDOW_SECONDS ? undefined : secondsOf(resumeWindow),
    },
  ]);
  return JSON.stringify(Object.fromEntries(settings));
}
