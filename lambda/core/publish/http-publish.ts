import { parseChannel, printable, type PublishOk, readMessages, RealtimeError } from '../../../protocol';
import type { ActionDeps } from '../dispatch';
import { authorize, type Identity } from '../auth/capabilities';
import { type IdempotentDeps, publishOnce } from './idempotency';
import { settingsOf } from '../auth/namespaces';
import { publish } from './publish';

/** The sender of a direct publish that names none. */
export const DEFAULT_SENDER = 'server';

/**
 * The token of an HTTP request.
 *
 * @throws RealtimeError token_missing
 */
export function bearerOf(authorization: string | undefined): string {
  const token = /^bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) throw new RealtimeError('token_missing');
  return token;
}

/** An HTTP request to publish. */
export interface HttpRequest {
  readonly channel: string | undefined;
  readonly body: string | undefined;
  readonly idempotencyKey: string | undefined;
}

/** Publishes the body of an HTTP request. */
export async function publishHttp(
  deps: ActionDeps & IdempotentDeps,
  identity: Identity,
  { channel, body, idempotencyKey }: HttpRequest,
  deadline: number,
): Promise<PublishOk> {
  // API Gateway gives path parameters decoded once, or not at all when a proxy encoded them twice: never decode again.
  const { name } = parseChannel(channel);
  authorize(identity, 'publish', name, deps.namespaces, deps.runtime.now());
  const messages = readMessages(readBody(body).messages);
  const settings = settingsOf(deps.namespaces, name);
  const publication = { channel: name, from: identity.clientId, messages, deadline, ...settings };
  return idempotencyKey === undefined ? publish(deps, publication) : publishOnce(deps, publication, idempotencyKey);
}

/** What a trusted function sent, as it came. */
export interface DirectRequest {
  readonly channel?: unknown;
  readonly messages?: unknown;
  readonly from?: unknown;
  readonly idempotencyKey?: unknown;
}

/** Publishes what a trusted function sent. */
export async function publishDirect(
  deps: ActionDeps & IdempotentDeps,
  request: DirectRequest,
  deadline: number,
): Promise<PublishOk> {
  const { name, namespace } = parseChannel(request.channel);
  if (!deps.namespaces.has(namespace)) throw new RealtimeError('namespace_unknown', `Got: ${printable(namespace)}.`);
  const { from = DEFAULT_SENDER } = request;
  if (typeof from !== 'string' || from.length < 1 || from.length > 128) {
    throw new RealtimeError('field_invalid', `\`from\` must be 1 to 128 characters, got: ${printable(from)}.`);
  }
  const messages = readMessages(request.messages);
  const publication = { channel: name, from, messages, deadline, ...settingsOf(deps.namespaces, name) };
  const { idempotencyKey } = request;
  if (idempotencyKey === undefined) return publish(deps, publication);
  if (typeof idempotencyKey !== 'string') {
    throw new RealtimeError('idempotency_key_invalid', `Got: ${printable(idempotencyKey)}.`);
  }
  return publishOnce(deps, publication, idempotencyKey);
}

function readBody(body: string | undefined): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(body ?? '');
  } catch (cause) {
    throw new RealtimeError('body_malformed', undefined, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RealtimeError('body_malformed', `Got: ${printable(value)}.`);
  }
  return value as Readonly<Record<string, unknown>>;
}
