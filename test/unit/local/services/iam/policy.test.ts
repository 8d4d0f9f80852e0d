// Evaluation of statements, against the rules that AWS documents.
import { evaluate, type Verdict } from '../../../../../local/services/iam/policy';

const TABLE = 'arn:aws:dynamodb:eu-west-1:111122223333:table/orders';
const GET = { action: 'dynamodb:GetItem', resource: TABLE };

const allow = (more: object): object => ({ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: TABLE, ...more });
const deny = (more: object): object => allow({ Effect: 'Deny', ...more });
const { Action: _action, ...WITHOUT_ACTION } = allow({}) as { Action: string };
const { Resource: _resource, ...WITHOUT_RESOURCE } = allow({}) as { Resource: string };

test.each<[string, Verdict, object[]]>([
  ['nothing', 'not allowed', []],
  ['the action on the resource', 'allowed', [allow({})]],
  ['the action in another case', 'allowed', [allow({ Action: 'DynamoDB:getitem' })]],
  ['the resource in another case', 'not allowed', [allow({ Resource: TABLE.replace('orders', 'Orders') })]],
  ['another action', 'not allowed', [allow({ Action: 'dynamodb:GetItems' })]],
  ['another resource', 'not allowed', [allow({ Resource: `${TABLE}2` })]],
  ['the start of the resource', 'not allowed', [allow({ Resource: TABLE.slice(0, -1) })]],
  ['an index of the resource', 'not allowed', [allow({ Resource: `${TABLE}/index/*` })]],
  ['one of several actions', 'allowed', [allow({ Action: ['dynamodb:PutItem', 'dynamodb:Get*'] })]],
  ['one of several resources', 'allowed', [allow({ Resource: ['arn:aws:sqs:*:*:q', '*'] })]],
  ['all', 'allowed', [allow({ Action: '*', Resource: '*' })]],
  ['wildcards in the middle', 'allowed', [allow({ Resource: 'arn:aws:dynamodb:*:111122223333:table/or*s' })]],
  ['a wildcard for one character', 'allowed', [allow({ Resource: TABLE.replace('orders', 'order?') })]],
  ['a wildcard for one character, of two', 'not allowed', [allow({ Resource: TABLE.replace('orders', 'orde?') })]],
  ['a wildcard for one character, of none', 'not allowed', [allow({ Resource: `${TABLE}?` })]],
  ['a dot, which stands for itself', 'not allowed', [allow({ Resource: TABLE.replace('orders', 'order.') })]],
  ['two wildcards for two characters', 'allowed', [allow({ Resource: TABLE.replace('orders', 'orde??') })]],
  ['no action', 'not allowed', [WITHOUT_ACTION]],
  ['no resource', 'not allowed', [WITHOUT_RESOURCE]],
  ['all actions but others', 'allowed', [{ ...WITHOUT_ACTION, NotAction: ['dynamodb:Put*', 'sqs:*'] }]],
  ['all actions but this', 'not allowed', [{ ...WITHOUT_ACTION, NotAction: 'DYNAMODB:Get*' }]],
  ['all resources but others', 'allowed', [{ ...WITHOUT_RESOURCE, NotResource: `${TABLE}2` }]],
  ['all resources but this', 'not allowed', [{ ...WITHOUT_RESOURCE, NotResource: ['arn:x', TABLE] }]],
  ['and denies it', 'denied', [allow({}), deny({})]],
  ['and denies it before', 'denied', [deny({ Action: '*', Resource: '*' }), allow({})]],
  ['and denies another', 'allowed', [allow({}), deny({ Action: 'dynamodb:PutItem' })]],
  ['denies all but others', 'denied', [allow({}), { ...WITHOUT_ACTION, Effect: 'Deny', NotAction: 'sqs:*' }]],
  ['an effect that there is not', 'not allowed', [allow({ Effect: 'allow' })]],
])('given a policy that allows %s, then the right is %s', (_, verdict, statements) => {
  expect(evaluate([{ Version: '2012-10-17', Statement: statements }], GET)).toBe(verdict);
});

test('given a single statement or several documents, then all are evaluated', () => {
  expect(evaluate([{ Statement: allow({}) }], GET)).toBe('allowed');
  expect(evaluate([{ Statement: [] }, { Statement: allow({}) }], GET)).toBe('allowed');
  expect(evaluate([{ Statement: allow({}) }, { Statement: deny({}) }], GET)).toBe('denied');
  expect(evaluate([undefined, {}, { Statement: undefined }], GET)).toBe('not allowed');
});

const CONTEXT = {
  'aws:principalarn': 'arn:aws:iam::111122223333:role/writer',
  'aws:requestedregion': 'eu-west-1',
  'aws:securetransport': 'true',
};

test.each<[string, 'met' | 'not met' | 'not known', object]>([
  ['none', 'met', {}],
  ['a text', 'met', { StringEquals: { 'aws:RequestedRegion': 'eu-west-1' } }],
  ['one of some texts', 'met', { StringEquals: { 'AWS:REQUESTEDREGION': ['us-east-1', 'eu-west-1'] } }],
  ['another text', 'not met', { StringEquals: { 'aws:RequestedRegion': 'eu-west-2' } }],
  ['a text in another case', 'not met', { StringEquals: { 'aws:RequestedRegion': 'EU-WEST-1' } }],
  ['a text in any case', 'met', { StringEqualsIgnoreCase: { 'aws:RequestedRegion': 'EU-WEST-1' } }],
  ['a pattern as a text', 'not met', { StringEquals: { 'aws:RequestedRegion': 'eu-*' } }],
  ['a pattern', 'met', { StringLike: { 'aws:RequestedRegion': 'eu-*' } }],
  ['not a text', 'not met', { StringNotEquals: { 'aws:RequestedRegion': ['eu-west-1', 'us-east-1'] } }],
  ['not another text', 'met', { StringNotEquals: { 'aws:RequestedRegion': ['us-east-1'] } }],
  ['not a pattern', 'not met', { StringNotLike: { 'aws:RequestedRegion': 'eu-*' } }],
  ['an ARN', 'met', { ArnLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/writer' } }],
  ['another ARN', 'not met', { ArnEquals: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/reader' } }],
  ['truth', 'met', { Bool: { 'aws:SecureTransport': true } }],
  ['no truth', 'not met', { Bool: { 'aws:SecureTransport': 'false' } }],
  ['a text, if it is there', 'met', { StringEqualsIfExists: { 'aws:RequestedRegion': 'eu-west-1' } }],
  ['any of a key', 'met', { 'ForAnyValue:StringEquals': { 'aws:RequestedRegion': 'eu-west-1' } }],
  ['a key that is not known', 'not known', { StringEquals: { 'aws:PrincipalTag/team': 'a' } }],
  ['an operator that is not known', 'not known', { IpAddress: { 'aws:RequestedRegion': '10.0.0.0/8' } }],
  [
    'one that is not met, and one that is not known',
    'not met',
    { StringEquals: { 'aws:RequestedRegion': 'x', 'aws:PrincipalTag/team': 'a' } },
  ],
  [
    'one that is met, and one that is not',
    'not met',
    { Bool: { 'aws:SecureTransport': 'true' }, StringEquals: { 'aws:RequestedRegion': 'x' } },
  ],
])('given the condition %s, then the right is %s', (_, outcome, Condition) => {
  const allowed = evaluate([{ Statement: allow({ Condition }) }], GET, CONTEXT);
  const denied = evaluate([{ Statement: [allow({}), deny({ Condition })] }], GET, CONTEXT);
  // An unknown condition never denies.
  expect(allowed).toBe(outcome === 'not met' ? 'not allowed' : 'allowed');
  expect(denied).toBe(outcome === 'met' ? 'denied' : 'allowed');
});
