import esbuild from 'esbuild';
import { bundling } from '../../scripts/bundling.mjs';

/** Bundles a part of a bench as functions are bundled, but with all of the SDK: others use more of it. */
export function bundle(entry: string, outfile: string): string {
  esbuild.buildSync({ ...bundling, alias: {}, entryPoints: [entry], outfile });
  return outfile;
}
