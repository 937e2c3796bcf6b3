import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands before a server as a gateway on the way does, and can forget its connections. */
export interface TcpProxy {
  address: string;
  /** Connections that were made so far. */
  made(): number;
  /** Nothing that the open connections carry arrives any more, and neither end is told: what a NAT gateway does after a while. */
  forget(): void;
  /** The open connections are reset. */
  reset(): void;
  close(): Promise<void>;
}

export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const [host = '', port = ''] = target.split(':');
  const pairs = new Set<{ client: Socket; server: Socket }>();
  let made = 0;
  const proxy = createServer((client) => {
    made += 1;
    const server = connect(Number(port), host);
    const pair = { client, server };
    pairs.add(pair);
    client.on('data', (chunk) => server.write(chunk));
    server.on('data', (chunk) => client.write(chunk));
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const forgotten: Socket[] = [];
  return {
    address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    made: () => made,
    forget() {
      for (const { client, server } of pairs) {
        for (const socket of [client, server]) {
          socket.removeAllListeners('data');
          socket.removeAllListeners('close');
          // Read and thrown away: the other end sees its bytes leave.
          socket.resume();
          forgotten.push(socket);
        }
      }
      pairs.clear();
    },
    reset() {
      for (const { client } of pairs) client.resetAndDestroy();
    },
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        for (const { client, server } of pairs) {
          client.destroy();
          server.destroy();
        }
        for (const socket of forgotten) socket.destroy();
      }),
  };
}
