import esbuild from 'esbuild';
import { bundling } from '../../scripts/bundling.mjs';

/** Bundles a part of a bench with the options of functions, but with the whole SDK, because competitors use more of it. */
export function bundle(entry: string, outfile: string): string {
  esbuild.buildSync({ ...bundling, alias: {}, entryPoints: [entry], outfile });
  return outfile;
}
