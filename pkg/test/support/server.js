/** `pushcart serve`, the real one: PUSHCART names the program, else the newest that cargo made is taken. */
import { spawn } from "node:child_process";
import { statSync } from "node:fs";
import { createServer } from "node:net";

const target = process.env.CARGO_TARGET_DIR ?? new URL("../../../target", import.meta.url).pathname;

function findProgram() {
  if (process.env.PUSHCART) return process.env.PUSHCART;
  const made = ["release", "debug"].flatMap((profile) => {
    const path = `${target}/${profile}/pushcart`;
    const at = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    return at ? [{ path, at }] : [];
  });
  if (!made.length) throw new Error("expected a built server: run `cargo build --package pushcart-host`, or name one with PUSHCART");
  return made.sort((a, b) => b.at - a.at)[0].path;
}

const freePort = () =>
  new Promise((done, failed) => {
    const probe = createServer().on("error", failed);
    probe.listen(0, "127.0.0.1", () => {
      const { port } = /** @type {any} */ (probe.address());
      probe.close(() => done(port));
    });
  });

/**
 * @param {{args?: string[], env?: Record<string, string>}} [options]
 */
export async function serve({ args = ["--storage", "memory:"], env = {} } = {}) {
  const program = findProgram();
  const port = await freePort();
  const child = spawn(program, ["serve", "--listen", `127.0.0.1:${port}`, ...args], { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (text) => (said += text));
  const url = `http://127.0.0.1:${port}`;
  for (let waited = 0; ; waited++) {
    if (child.exitCode !== null || waited > 300) throw new Error(`expected the server to start, found:\n${said}`);
    try {
      if ((await fetch(`${url}/readyz`)).ok) break;
    } catch {
      await new Promise((done) => setTimeout(done, 20));
    }
  }
  return {
    url,
    stop: () =>
      new Promise((done) => {
        child.on("exit", done);
        child.kill();
      }),
  };
}
