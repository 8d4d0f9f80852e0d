/**
 * Credentials from the environment variables that Lambda sets. Replaces the SDK's default credential chain in bundles
 * (scripts/bundling.mjs): profiles, single sign-on and role assumption need three more clients, and are not used in Lambda.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
