// Limits that constructs check, and that handlers or the command line rely on.

/** Namespace of a channel name: `chat` in `chat:room.42`. The same as NAMESPACE_PATTERN in protocol/channel.ts; a test compares them. */
export const NAMESPACE_PATTERN = /^[a-z][a-z0-9_-]{0,31}$/;

/** Shortest retention of a namespace: a client has this long to reconnect. Seconds. */
export const MIN_RETENTION_SECONDS = 60;
/** Longest retention of a namespace: one year. Seconds. */
export const MAX_RETENTION_SECONDS = 365 * 86_400;

/** Shortest resume window of a namespace. Seconds. */
export const MIN_RESUME_WINDOW_SECONDS = 1;

/**
 * New connections a second that API Gateway accepts from an account in a region, unless the quota L-9ED1E49A was raised.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
 */
export const DEFAULT_CONNECT_QUOTA = 500;
/** Share of a region's connect quota that clients of a drained or failed region may use. The rest is for other clients. */
export const MOVING_SHARE_OF_CONNECT_QUOTA = 0.7;

/** Timeout of the drain function: one page of connections. Seconds. */
export const DRAIN_TIMEOUT_SECONDS = 60;
