export type { MailPage, MailView } from './mail-folder.js';
export { type SesSink, type SesSinkOptions, startSesSink } from './server.js';
