// `npm test`: sets up, then runs what CI runs (scripts/steps/test.ts).
import { setUp } from './setup.mjs';

setUp(console.log);
const { tsImport } = await import('tsx/esm/api');
const { main } = await tsImport('./steps/test.ts', import.meta.url);
process.exit(await main(process.argv.slice(2)));
