// Response format of a function behind a WebSocket API.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html#api-gateway-simple-proxy-for-lambda-output-format

export interface ProxyResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const FIELDS = new Set(['statusCode', 'headers', 'multiValueHeaders', 'body', 'isBase64Encoded']);

/**
 * Reads the response of a function.
 *
 * @throws Error when the response is malformed or has an unknown field: API Gateway then reports an internal error
 */
export function proxyResponse(payload: unknown): ProxyResponse {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) throw malformed('it is not an object');
  const unknown = Object.keys(payload).find((name) => !FIELDS.has(name));
  if (unknown !== undefined) throw malformed(`it has a field ${unknown}`);
  const { statusCode, headers = {}, body, isBase64Encoded } = payload as Readonly<Record<string, unknown>>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 100 || status > 599) throw malformed('it has no statusCode');
  if (body !== undefined && body !== null && typeof body !== 'string') throw malformed('its body is not a text');
  const text = isBase64Encoded === true && body ? Buffer.from(body, 'base64').toString('utf8') : body;
  return {
    statusCode: status,
    headers: (headers ?? {}) as Record<string, string>,
    body: typeof text === 'string' ? text : undefined,
  };
}

function malformed(why: string): Error {
  return new Error(`malformed response of the function: ${why}`);
}
