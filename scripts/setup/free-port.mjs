import { createServer } from 'node:net';

const first = 20_000;
/** Linux hands out 32768 and above for outgoing connections, macOS 49152 and above. */
const end = 32_000;
const given = new Set();

/**
 * A free port of 127.0.0.1 for a server that starts a little later. Not one that the system would pick itself: until then it
 * could give that to any outgoing connection.
 */
export async function freePort() {
  for (;;) {
    const port = first + Math.floor(Math.random() * (end - first));
    if (!given.has(port) && (await isFree(port))) {
      given.add(port);
      return port;
    }
  }
}

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
