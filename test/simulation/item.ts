/** An item of a simulated table. */
export type Item = Readonly<Record<string, unknown>> & { readonly pk: string; readonly sk: string };
