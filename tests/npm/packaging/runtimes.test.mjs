// The packed package in every runtime it says it runs in; each installs it, imports it by its name and adds up a cart.
import { build } from "esbuild";
import { Miniflare } from "miniflare";
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { output, project, tools, TOTAL } from "./packed.mjs";

const modules = join(tools, "node_modules");
const platform = `linux-${process.arch}`;
/** @type {{folder: string, installed: string}} */
let shop;
before(async () => void (shop = await project("runtimes")));

const RUNTIMES = [
  { name: `this Node.js, ${process.version}`, command: [process.execPath] },
  { name: "Node.js 20", command: [join(modules, `node20-${platform}/bin/node`)] },
  { name: "Node.js 22", command: [join(modules, `node22-${platform}/bin/node`)] },
  { name: "Node.js 24", command: [join(modules, `node24-${platform}/bin/node`)] },
  // No permission at all: nothing is read, and nothing fetched.
  { name: "Deno", command: [join(modules, ".bin/deno"), "run", "--no-prompt", "--quiet"] },
  { name: "Bun", command: [join(modules, ".bin/bun"), "run"] },
];

for (const { name, command } of RUNTIMES) {
  test(name, async () => {
    const [program, ...args] = command;
    assert.ok(existsSync(program), `expected ${name} at ${program} (npm ci in tests/npm), found nothing`);
    assert.equal((await output(program, [...args, "print.js"], { cwd: shop.folder })).trim(), String(TOTAL));
  });
}

test("the oldest Node.js that `engines` allows is among them", async () => {
  const { engines } = JSON.parse(await readFile(join(shop.installed, "package.json"), "utf8"));
  assert.equal(engines.node, ">=20");
  assert.match(await output(join(modules, `node20-${platform}/bin/node`), ["--version"]), /^v20\./);
});

test("workerd: bundled as wrangler does it, the module beside the script", async () => {
  const out = join(shop.folder, "workerd");
  await build({
    absWorkingDir: shop.folder,
    entryPoints: ["worker.js"],
    outdir: out,
    bundle: true,
    format: "esm",
    // wrangler's conditions, and its rule for modules: they stay files, and imports.
    conditions: ["workerd", "worker", "browser"],
    loader: { ".wasm": "copy" },
    logLevel: "error",
  });
  const files = (await readdir(out)).sort();
  assert.deepEqual(files.map((file) => file.replace(/-\w+\.wasm/, ".wasm")), ["pushcart.wasm", "worker.js"]);
  const worker = new Miniflare({
    host: "127.0.0.1",
    cf: false,
    compatibilityDate: "2026-01-01",
    modulesRoot: out,
    modules: [
      { type: "ESModule", path: join(out, "worker.js") },
      { type: "CompiledWasm", path: join(out, files[0]) },
    ],
  });
  try {
    const answer = await worker.dispatchFetch("http://shop.example/");
    assert.equal(await answer.text(), String(TOTAL));
  } finally {
    await worker.dispose();
  }
});
