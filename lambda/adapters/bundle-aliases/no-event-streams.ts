// Replaces @smithy/core/event-streams in bundles (scripts/bundling.mjs). Functions make no requests with event streams, but the
// SDK's protocols load the module by `import()`, which would keep all code that it shares with them in the bundle.

/** Called by the SDK's protocols when a request has an event stream. */
export function eventStreamSerdeProvider(): never {
  throw new Error('bundles have no event streams: see lambda/adapters/bundle-aliases/no-event-streams.ts');
}
