/** A client id (a token's `sub`): visible ASCII without " and \, so that JSON never escapes a sender's name. */
export const CLIENT_ID_PATTERN = /^[!#-[\]-~]{1,128}$/;

/** A channel pattern of a capability: *, namespace:*, a channel, or a channel that ends in .* */
export const CAPABILITY_PATTERN = /^(?:\*|[a-z][a-z0-9_-]{0,31}:(?:\*|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?:\.\*)?))$/;
