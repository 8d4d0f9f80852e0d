// Writes docs/reference/recovery.md from the catalog of recovery scenarios.
import { CATALOG, type CatalogEntry } from '../test/integration/recovery/catalog';

const SOURCES: Readonly<Record<string, string>> = { ably: 'Ably', centrifugo: 'Centrifugo' };

/** The text of docs/reference/recovery.md. */
export function recoveryPage(): string {
  const scenarios: readonly CatalogEntry[] = CATALOG;
  const passing = scenarios.filter(({ status }) => status === 'pass').length;
  return `# Recovery scenarios

Generated from the catalog of scenarios by \`npm run generate\`. The scenarios are those that two other test suites require of a client after a failure: Ably's proxy tests
(\`uts/realtime/integration/proxy\` of its [specification](https://github.com/ably/specification)) and Centrifugo's
([\`recovery.test.ts\`](https://github.com/centrifugal/centrifuge-js) of its client). Each is stated and tested in the terms of this project: against the local
cloud, with bundled handlers, real sockets, the real client, and a proxy between them that causes the failure.

${passing} of ${scenarios.length} pass. The others do not apply, for the stated reason. A test fails when this list and the tests differ.
\`npx jest recovery -t ably/connection-timeout\` runs one scenario.

| id | from | assertion | result | reason, or the equivalent here |
|---|---|---|---|---|
${scenarios
  .map(({ id, asserts, status, why = '' }) => {
    const result = status === 'pass' ? 'pass' : 'not applicable';
    return `| \`${id}\` | ${SOURCES[id.split('/')[0] ?? ''] ?? ''} | ${asserts} | ${result} | ${why} |`;
  })
  .join('\n')}
`;
}
