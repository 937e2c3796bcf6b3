// The handler as a process of its own, which a test can kill: an event on standard input, the log on standard output.
import { text } from 'node:stream/consumers';
import { handler } from '../../src/deploy/schedules-handler.js';

const response = await handler(JSON.parse(await text(process.stdin)), { getRemainingTimeInMillis: () => 120_000 });
console.log(JSON.stringify(response));
