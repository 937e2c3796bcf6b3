export { type ProvideOptions, provideBinary } from './provide.js';
export { type Tool, temporalCli, temporalServer, temporalSqlTool, versitygw } from './tools.js';
