import esbuild from 'esbuild';
import { bundling } from '../../scripts/bundling.mjs';

/** Bundles a part of a bench as functions are bundled. */
export async function bundle(entry: string, outfile: string): Promise<string> {
  await esbuild.build({ ...bundling, entryPoints: [entry], outfile });
  return outfile;
}
