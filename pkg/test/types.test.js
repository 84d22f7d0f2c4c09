/** The types: every use compiles, and every misuse does not. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { test } from "node:test";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));

test("uses compile, misuses do not, and the sources are what they say they are", () => {
  const { stdout, status } = spawnSync(process.execPath, [join(typescript, "bin/tsc"), "-p", fileURLToPath(new URL("./types", import.meta.url))], { encoding: "utf8" });
  assert.equal(stdout, "");
  assert.equal(status, 0);
});
