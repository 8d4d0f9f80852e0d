import { RemovalPolicy } from 'aws-cdk-lib';
import type { ThrottleSettings } from 'aws-cdk-lib/aws-apigatewayv2';
import type { RealtimeApiProps } from './realtime-api';
import { checkNamespaces, MAX_NAMESPACES_BYTES } from './namespace-checks';
import { isKnown, type PropCheck } from './util/prop-check';

/** What a backend and a network have in common. */
type BackendProps = Pick<RealtimeApiProps, 'namespaces' | 'auth' | 'throttle' | 'requestQuota' | 'removalPolicy'>;

/**
 * Notes what is wrong with the props of a backend, the namespaces' and the auth's included.
 *
 * @param room bytes that a function's environment has for the namespaces
 */
export function checkBackend(check: PropCheck, props: BackendProps, room = MAX_NAMESPACES_BYTES): void {
  const { namespaces, auth, throttle, requestQuota, removalPolicy } = props;
  checkNamespaces(check, namespaces, room);
  auth?._check(check, 'auth');
  checkThrottle(check, 'throttle', throttle);
  checkNumber(check, 'requestQuota', requestQuota, { whole: true, fix: 'Leave it out for the default.' });
  check.check(
    removalPolicy !== RemovalPolicy.SNAPSHOT,
    'removalPolicy',
    'must be something that DynamoDB tables can do',
    removalPolicy,
    'Use RETAIN, RETAIN_ON_UPDATE_OR_DELETE or DESTROY.',
  );
}

/** Notes what is wrong with limits of a stage; `prop` is where they stand. */
export function checkThrottle(check: PropCheck, prop: string, throttle: ThrottleSettings | undefined): void {
  for (const [name, value] of Object.entries(throttle ?? {})) {
    const fix = 'Leave it out for the default.';
    checkNumber(check, `${prop}.${name}`, value, { whole: name === 'burstLimit', fix });
  }
}

/** Notes what is wrong with a number that has to be above 0. One that is known at deployment only passes. */
export function checkNumber(
  check: PropCheck,
  prop: string,
  value: unknown,
  { whole, fix }: { readonly whole: boolean; readonly fix: string },
): void {
  if (value === undefined || !isKnown(value)) return;
  const ok = typeof value === 'number' && Number.isFinite(value) && value > 0;
  check.check(ok, prop, 'must be greater than 0', value, fix);
  check.check(!whole || !ok || Number.isInteger(value), prop, 'must be a whole number', value, fix);
}
