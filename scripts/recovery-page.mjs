// docs/reference/recovery.md, from the catalog of recovery scenarios.
import { readFileSync } from 'node:fs';
import esbuild from 'esbuild';

const CATALOG = new URL('../test/recovery/catalog.ts', import.meta.url);
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

Generated from \`test/recovery/catalog.ts\` by \`npm run generate\`. What two suites of the field ask of a client after a failure: Ably's proxy tests
(\`uts/realtime/integration/proxy\` of its [specification](https://github.com/ably/specification)) and Centrifugo's
([\`recovery.test.ts\`](https://github.com/centrifugal/centrifuge-js) of its client). Each is told, and tested, in the terms of this project: against the local
cloud, with bundled handlers, real sockets, the real client, and a proxy in between that does the damage.

${passing} of ${scenarios.length} pass; the others do not apply, for the reason that stands there. A test fails when this list and the tests differ.
\`npx jest test/recovery -t ably/connection-timeout\` runs one.

| id | from | what is asserted | result | why, or what stands for it here |
|---|---|---|---|---|
${scenarios
  .map(({ id, asserts, status, why = '' }) => {
    const result = status === 'pass' ? 'pass' : 'not applicable';
    return `| \`${id}\` | ${SOURCES[id.split('/')[0]]} | ${asserts} | ${result} | ${why} |`;
  })
  .join('\n')}
`;
}
