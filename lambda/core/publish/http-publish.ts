import { parseChannel, printable, type PublishOk, readMessages, RealtimeError } from '../../../protocol';
import { authorize, type Identity } from '../auth/capabilities';
import { type IdempotentDeps, publishOnce } from './idempotency';
import { type Namespaces, settingsOf } from '../auth/namespaces';
import { publish } from './publish';

export interface HttpPublishDeps extends IdempotentDeps {
  readonly namespaces: Namespaces;
}

/** Sender of a direct publish without `from`. */
export const DEFAULT_SENDER = 'server';

/**
 * Token of an `Authorization: Bearer` header.
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
  /** Decoded exactly once. */
  readonly channel: string | undefined;
  readonly body: string | undefined;
  readonly idempotencyKey: string | undefined;
}

/** Publishes the body of an HTTP request. */
export async function publishHttp(
  deps: HttpPublishDeps,
  identity: Identity,
  { channel, body, idempotencyKey }: HttpRequest,
  deadline: number,
): Promise<PublishOk> {
  const { name } = parseChannel(channel);
  const { namespaces, runtime } = deps;
  authorize({ identity, action: 'publish', channel: name, namespaces, now: runtime.now() });
  const messages = readMessages(readBody(body).messages);
  const publication = { channel: name, from: identity.clientId, messages, deadline, ...settingsOf(namespaces, name) };
  return idempotencyKey === undefined ? publish(deps, publication) : publishOnce(deps, publication, idempotencyKey);
}

/** Payload of a direct invocation by a trusted function, not validated. */
export interface DirectRequest {
  readonly channel?: unknown;
  readonly messages?: unknown;
  readonly from?: unknown;
  readonly idempotencyKey?: unknown;
}

/** Publishes the payload of a direct invocation. */
export async function publishDirect(
  deps: HttpPublishDeps,
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
