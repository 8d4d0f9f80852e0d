/** What a client id (a token's `sub`) may be: visible ASCII without " and \, so that a sender's name never grows as JSON. */
export const CLIENT_ID_PATTERN = /^[!#-[\]-~]{1,128}$/;

/** What a channel pattern of a capability may be: *, namespace:*, a channel, or a channel that ends in .* */
export const CAPABILITY_PATTERN = /^(?:\*|[a-z][a-z0-9_-]{0,31}:(?:\*|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*(?:\.\*)?))$/;
