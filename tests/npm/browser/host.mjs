// The real `pushcart serve`, in a process of its own, and what stands behind it.
import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The program: `PROGRAM`, or what cargo built last in this workspace. */
function program() {
  if (process.env.PROGRAM) return process.env.PROGRAM;
  const target = process.env.CARGO_TARGET_DIR ?? fileURLToPath(new URL("../../../target", import.meta.url));
  const known = ["debug", "release"].map((profile) => join(target, profile, "pushcart"));
  const built = known.filter((path) => existsSync(path)).sort((one, other) => statSync(other).mtimeMs - statSync(one).mtimeMs);
  if (built.length === 0) throw new Error(`expected the program at ${known.join(" or ")}, found nothing: cargo build -p pushcart-host`);
  return built[0];
}

/**
 * Serves on a free port until `close()`.
 * @param {...string} more further arguments
 */
export async function host(...more) {
  const child = spawn(program(), ["serve", "--listen", "127.0.0.1:0", "--storage", "memory:", ...more], {
    cwd: tmpdir(),
    env: { ...process.env, PUSHCART_LOG_LEVEL: "warn" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  for await (const line of createInterface({ input: child.stdout })) {
    said += `${line}\n`;
    const url = /listens on (http:\/\/[\d.]+:\d+)/.exec(said)?.[1];
    if (url) {
      child.stdout.resume();
      return {
        url: `${url}/`,
        /** The cart of a user, or null. */
        async cart(user, instance = "default") {
          const answer = await fetch(`${url}/v1/carts/${encodeURIComponent(`user:${user}`)}/${instance}`);
          return answer.ok ? answer.json() : null;
        },
        async close() {
          const ended = new Promise((resolve) => child.once("exit", resolve));
          child.kill("SIGTERM");
          await ended;
        },
      };
    }
  }
  throw new Error(`expected the server to say where it listens, found:\n${said}`);
}
