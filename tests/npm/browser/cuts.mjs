// A wire that breaks: between browsers and a server, it cuts connections before a request went through, or after
// the server did what it was asked and before the answer came back. The latter is what tells a shop that counts
// once from one that counts twice.
import { createServer, request as forward } from "node:http";

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A server on a port of its own that passes everything on to `target`, until `close()`. What it does with a change
 * is decided by `wire.fate`: "pass", "before" or "after"; everything else passes.
 * @param {string} target
 */
export async function cuts(target) {
  const { hostname, port } = new URL(target);
  const wire = { fate: () => "pass", cut: { before: 0, after: 0 }, passed: 0, url: "", close };
  const server = createServer((from, to) => {
    const changes = from.method !== "GET" && from.method !== "HEAD";
    const fate = changes || from.url.startsWith("/v1/") ? wire.fate() : "pass";
    if (fate === "before") {
      wire.cut.before += 1;
      from.socket.destroy();
      return;
    }
    const { host, connection, ...headers } = from.headers;
    const onward = forward({ hostname, port, method: from.method, path: from.url, headers: { ...headers, host: `${hostname}:${server.address().port}` } }, (answer) => {
      if (fate === "after") {
        // The server is done when its answer is here to the last byte.
        answer.resume().on("end", () => {
          wire.cut.after += 1;
          from.socket.destroy();
        });
        return;
      }
      wire.passed += 1;
      to.writeHead(answer.statusCode, answer.headers);
      answer.pipe(to);
    });
    onward.on("error", () => from.socket.destroy());
    from.pipe(onward);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  wire.url = `http://127.0.0.1:${server.address().port}/`;
  function close() {
    server.closeAllConnections();
    return new Promise((closed) => server.close(closed));
  }
  return wire;
}
