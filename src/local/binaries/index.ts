export { type ProvideOptions, provideBinary } from './provide.js';
export { type Tool, temporalCli, versitygw } from './tools.js';
