// `npm run check`: sets up, then checks what has changed (scripts/steps/check.ts).
import { setUp } from './setup.mjs';

setUp(console.log);
const { tsImport } = await import('tsx/esm/api');
const { main } = await tsImport('./steps/check.ts', import.meta.url);
process.exit(await main(process.argv.slice(2)));
