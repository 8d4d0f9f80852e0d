import { RemovalPolicy } from 'aws-cdk-lib';
import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import { checkNamespaces, MAX_NAMESPACES_BYTES } from './namespace-checks';
import type { RealtimeApiProps } from './realtime-api-props';
import { isKnown, type PropCheck } from './util/prop-check';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
export const TABLE_NAME_PATTERN = /^[A-Za-z0-9_.-]{3,255}$/;

/** Props that a backend and a network share. */
type BackendProps = Pick<RealtimeApiProps, 'namespaces' | 'auth' | 'throttle' | 'requestQuota' | 'removalPolicy'>;

const OMIT = 'Omit it for the default.';

/**
 * Checks the props of a backend, those of namespaces and auth included.
 *
 * @param maxNamespacesBytes bytes of a function's environment that are left for the namespaces
 */
export function checkBackend(
  check: PropCheck,
  props: BackendProps,
  maxNamespacesBytes: number = MAX_NAMESPACES_BYTES,
): void {
  const { namespaces, auth, throttle, requestQuota, removalPolicy } = props;
  checkNamespaces(check, namespaces, maxNamespacesBytes);
  auth?._check(check, 'auth');
  checkThrottle(check, 'throttle', throttle);
  checkPositiveInteger(check, 'requestQuota', requestQuota);
  check.require(removalPolicy !== RemovalPolicy.SNAPSHOT, {
    prop: 'removalPolicy',
    rule: 'must be a policy that DynamoDB supports',
    got: removalPolicy,
    fix: 'Use RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY.',
  });
}

/** Checks the props of a backend outside of a network. */
export function checkApi(check: PropCheck, props: RealtimeApiProps): void {
  checkBackend(check, props);
  const { messagesTableName: name } = props;
  check.require(name === undefined || !isKnown(name) || TABLE_NAME_PATTERN.test(name), {
    prop: 'messagesTableName',
    rule: 'must be the name of a table in the region',
    got: name,
    fix: OMIT,
  });
}

/**
 * Checks the request limits of a stage.
 *
 * @param prop path of the limits in the construct's props
 */
export function checkThrottle(check: PropCheck, prop: string, throttle: ThrottleSettings | undefined): void {
  checkPositive(check, `${prop}.rateLimit`, throttle?.rateLimit);
  checkPositiveInteger(check, `${prop}.burstLimit`, throttle?.burstLimit);
}

/** Checks that a number is a whole number above 0. Undefined and tokens are accepted. */
export function checkPositiveInteger(check: PropCheck, prop: string, value: number | undefined): void {
  if (!checkPositive(check, prop, value) || value === undefined || !isKnown(value)) return;
  check.require(Number.isInteger(value), { prop, rule: 'must be a whole number', got: value, fix: OMIT });
}

function checkPositive(check: PropCheck, prop: string, value: number | undefined): boolean {
  if (value === undefined || !isKnown(value)) return true;
  // In JavaScript it may not be a number.
  const isPositive = Number.isFinite(value) && value > 0;
  check.require(isPositive, { prop, rule: 'must be greater than 0', got: value, fix: OMIT });
  return isPositive;
}
