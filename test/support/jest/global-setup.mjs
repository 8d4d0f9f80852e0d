// Tests synthesize and run what is deployed, so the bundles are built first (well under a second).
import { buildAssets } from '../../../scripts/assets.mjs';

export default async function globalSetup() {
  await buildAssets();
}
