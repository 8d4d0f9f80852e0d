import esbuild from 'esbuild';
import { bundling } from '../../scripts/bundling.mjs';

/** Bundles a part of a bench as functions are bundled. */
export function bundle(entry: string, outfile: string): string {
  esbuild.buildSync({ ...bundling, entryPoints: [entry], outfile });
  return outfile;
}
