// Tokens for the next page of a list. AWS documents them as opaque.

/** A token for the page that starts at an item's index. */
export function encodePageToken(index: number): string {
  return Buffer.from(`from ${index}`).toString('base64url');
}

/** Index of the first item of a page; undefined when the token was not made by `encodePageToken`. */
export function decodePageToken(token: string): number | undefined {
  const [, index] = /^from (\d{1,9})$/.exec(Buffer.from(token, 'base64url').toString('utf8')) ?? [];
  return index === undefined ? undefined : Number(index);
}
