// Bundles have this in place of @smithy/core/event-streams (scripts/bundling.mjs). No request that functions make has a stream of
// events; but the SDK's protocols import the reader of streams by `import()`, for which all that it shares with them is kept whole.

/** What the protocols call first when a request has one. */
export function eventStreamSerdeProvider(): never {
  throw new Error('bundles have no event streams: see lambda/adapters/bundle-aliases/no-event-streams.ts');
}
