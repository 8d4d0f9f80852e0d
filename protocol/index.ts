export * from './capability';
export * from './channel';
export * from './cursor';
export * from './decode';
export * from './errors';
export * from './frames';
export * from './server-frames';
export * from './text';
