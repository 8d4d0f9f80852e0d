import type { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';

/** The rule packs that every app of ours must pass. */
export function rulePacks(app: App): readonly (AwsSolutionsChecks | ServerlessChecks)[] {
  return [new AwsSolutionsChecks(app), new ServerlessChecks(app)];
}
