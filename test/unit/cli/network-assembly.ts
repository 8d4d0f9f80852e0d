// Assemblies with networks, for tests of the CLI.
import { Duration, Stage } from 'aws-cdk-lib';
import { Namespace, RealtimeNetwork, type RealtimeNetworkProps } from '../../../lib';
import { synthesize } from '../../support/templates/assembly';
import { REGIONS } from '../../support/templates/network-templates';

export const [HOME = '', SECOND = '', THIRD = ''] = REGIONS;

/** An assembly with networks: props by id. */
export function assemblyOf(networks: Record<string, Partial<RealtimeNetworkProps>>, stage?: string): string {
  return synthesize((app) => {
    const env = { account: '111122223333' };
    const scope = stage === undefined ? app : new Stage(app, stage, { env });
    for (const [id, props] of Object.entries(networks)) {
      new RealtimeNetwork(scope, id, {
        regions: [HOME, SECOND],
        namespaces: [Namespace.durable('chat', { retention: Duration.days(7) }), Namespace.durable('short')],
        ...props,
      });
    }
  });
}
