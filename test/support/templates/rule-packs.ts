import type { App } from 'aws-cdk-lib';
import { AwsSolutionsChecks, ServerlessChecks } from 'cdk-nag';

/** The cdk-nag rule packs that all our apps must pass. */
export function rulePacks(app: App): readonly (AwsSolutionsChecks | ServerlessChecks)[] {
  return [new AwsSolutionsChecks(app), new ServerlessChecks(app)];
}
