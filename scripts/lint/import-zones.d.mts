export const IMPORT_ZONES: Readonly<Record<string, readonly string[]>>;
