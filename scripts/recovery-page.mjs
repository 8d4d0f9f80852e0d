// Writes docs/reference/recovery.md from the catalog of recovery scenarios.
import { readFileSync } from 'node:fs';
import esbuild from 'esbuild';

const CATALOG = new URL('../test/integration/recovery/catalog.ts', import.meta.url);
const SOURCES = { ably: 'Ably', centrifugo: 'Centrifugo' };

/** The catalog is TypeScript, so that a test with an unknown id does not compile. */
async function readCatalog() {
  const { code } = await esbuild.transform(readFileSync(CATALOG, 'utf8'), { loader: 'ts', format: 'esm' });
  return (await import(`data:text/javascript,${encodeURIComponent(code)}`)).CATALOG;
}

export async function recoveryPage() {
  const scenarios = await readCatalog();
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
    return `| \`${id}\` | ${SOURCES[id.split('/')[0]]} | ${asserts} | ${result} | ${why} |`;
  })
  .join('\n')}
`;
}
