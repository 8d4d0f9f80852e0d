/**
 * Whose requests a function's are: Lambda sets variables, for as long as an instance lives. Bundles have this in place of the
 * SDK's default chain (scripts/bundling.mjs): its profiles, single sign-on and role assumption, with three more clients, are for
 * other machines. https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
