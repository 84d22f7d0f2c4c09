// The packed package through the bundlers that shops use, as they come: no plugin, no option for us. What they build is
// opened in Chromium under a strict content security policy.
import nodeResolve from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import assert from "node:assert/strict";
import { cp, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { rollup } from "rollup";
import { build as viteBuild, createServer as viteServer } from "vite";
import webpack from "webpack";
import { chromium } from "../chromium.mjs";
import { serve } from "../serve.mjs";
import { files, output, project, tools, TOTAL } from "./packed.mjs";

/** @type {{folder: string, installed: string}} */
let shop;
/** @type {import("playwright-core").Browser} */
let browser;
// Builds leave it behind, and choose by it.
beforeEach(() => void delete process.env.NODE_ENV);
before(async () => {
  shop = await project("bundlers");
  browser = await chromium();
});
after(() => browser?.close());

/**
 * Opens the page, reads its total, loads it again, and reads the total of the cart that the tab kept.
 * @param {string} url
 * @returns {Promise<{modules: string[], complaints: string[]}>} the modules that were fetched, and what the console says
 */
async function visit(url) {
  const context = await browser.newContext();
  const page = await context.newPage();
  /** @type {string[]} */
  const modules = [];
  /** @type {string[]} */
  const complaints = [];
  page.on("response", (answer) => answer.url().includes(".wasm") && modules.push(`${answer.status()} ${new URL(answer.url()).pathname}`));
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
  try {
    for (const round of ["first", "reloaded"]) {
      await (round == "first" ? page.goto(url) : page.reload());
      const out = page.locator("output");
      await out.waitFor({ timeout: 20_000 }).catch(() => assert.fail(`no answer (${round}); the console says: ${complaints.join("\n")}`));
      assert.equal(await out.textContent(), String(TOTAL), round);
    }
    assert.match(await page.evaluate(() => sessionStorage.getItem("cart") ?? ""), /tee-m/);
  } finally {
    await context.close();
  }
  return { modules, complaints };
}

/** Serves a folder that was built and visits it. @param {string} folder */
async function visitFolder(folder) {
  const server = await serve(folder);
  try {
    return await visit(server.url);
  } finally {
    await server.close();
  }
}

/** A folder for what is built, with the page in it. @param {string} name */
async function folder(name) {
  const out = join(shop.folder, name);
  await mkdir(out, { recursive: true });
  await cp(join(shop.folder, "index.html"), join(out, "index.html"));
  return out;
}

test("Vite, built: the module is a file of its own", async () => {
  const out = join(shop.folder, "vite");
  await viteBuild({ root: shop.folder, logLevel: "error", build: { outDir: out } });
  const { modules, complaints } = await visitFolder(out);
  assert.deepEqual(complaints, []);
  assert.equal(modules.length, 2, `${modules}`);
  for (const module of modules) assert.match(module, /^200 \/assets\/pushcart-[\w-]+\.wasm$/);
});

test("Vite, its development server", async () => {
  const server = await viteServer({ root: shop.folder, logLevel: "error", server: { port: 0, host: "127.0.0.1", ws: false, watch: null } });
  try {
    await server.listen();
    const { modules } = await visit(server.resolvedUrls?.local[0] ?? assert.fail("no address"));
    assert.deepEqual(modules, []);
  } finally {
    await server.close();
  }
});

for (const mode of /** @type {const} */ (["production", "development"])) {
  test(`webpack, ${mode}`, async () => {
    const out = await folder(`webpack-${mode}`);
    const compiler = webpack({
      mode,
      context: shop.folder,
      entry: "./page.js",
      output: { path: out, filename: "page.js" },
      devtool: false,
    });
    const stats = await new Promise((done, failed) => compiler.run((error, stats) => (error ? failed(error) : done(stats))));
    assert.deepEqual(stats.compilation.errors.concat(stats.compilation.warnings.filter((warning) => !/size limit|limit the size/.test(warning.message))), []);
    const { modules, complaints } = await visitFolder(out);
    assert.deepEqual(complaints, []);
    assert.equal(modules.length, 2, `${modules}`);
    for (const module of modules) assert.match(module, /^200 \/\w+\.wasm$/);
  });
}

test("esbuild: the module is in the script", async () => {
  const out = await folder("esbuild");
  const { warnings } = await esbuild({
    absWorkingDir: shop.folder,
    entryPoints: ["page.js"],
    outdir: out,
    bundle: true,
    format: "esm",
    minify: true,
    logLevel: "error",
  });
  assert.deepEqual(warnings, []);
  assert.deepEqual(await files(out), ["index.html", "page.js"]);
  const { modules, complaints } = await visitFolder(out);
  assert.deepEqual([modules, complaints], [[], []]);
});

test("esbuild with /slim and its file loader: the module is a file of its own", async () => {
  const out = await folder("esbuild-slim");
  await cp(join(shop.folder, "page.js"), join(shop.folder, "slim-page.js"));
  await importing("slim-page.js", "pushcart/slim");
  await writeFile(
    join(shop.folder, "slim.js"),
    `import { init } from "pushcart/slim";
     import module from "pushcart/pushcart.wasm";
     await init(new URL(module, import.meta.url));
     await import("./slim-page.js");`,
  );
  await esbuild({
    absWorkingDir: shop.folder,
    entryPoints: { page: "slim.js" },
    outdir: out,
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    loader: { ".wasm": "file" },
    logLevel: "error",
  });
  const { modules, complaints } = await visitFolder(out);
  assert.deepEqual(complaints, []);
  assert.equal(modules.length, 2, `${modules}`);
});

test("Rollup: `pushcart/inline` has the module in the script, and the other entry says so", async () => {
  /** @param {string} page */
  const bundle = async (page) => {
    const out = await folder(`rollup-${page}`);
    const work = await rollup({
      input: { page: join(shop.folder, page) },
      plugins: [nodeResolve({ browser: true })],
      onwarn: (warning) => assert.fail(warning.message),
    });
    await work.write({ dir: out, format: "es" });
    await work.close();
    return visitFolder(out);
  };
  await cp(join(shop.folder, "page.js"), join(shop.folder, "inline-page.js"));
  await importing("inline-page.js", "pushcart/inline");
  assert.deepEqual(await bundle("inline-page.js"), { modules: [], complaints: [] });
  // Rollup's resolver says "production", as Vite's does, which copies the file.
  await assert.rejects(bundle("page.js"), /CartError unavailable module_not_loaded: .*404.*pushcart\/inline/);
});

test("Bun's bundler: the module is in the script", async () => {
  const out = await folder("bun");
  await output(join(tools, "node_modules/.bin/bun"), ["build", "page.js", "--outdir", out, "--target", "browser", "--minify"], { cwd: shop.folder });
  assert.deepEqual(await visitFolder(out), { modules: [], complaints: [] });
});

test("no bundler: the installed files as they are", async () => {
  const out = await folder("plain");
  await cp(join(shop.folder, "page.js"), join(out, "page.js"));
  await cp(shop.installed, join(out, "pushcart"), { recursive: true });
  await importing("plain/page.js", "./pushcart/dist/browser.js");
  const { modules, complaints } = await visitFolder(out);
  assert.deepEqual(complaints, []);
  assert.deepEqual(modules, ["200 /pushcart/wasm/pushcart.wasm", "200 /pushcart/wasm/pushcart.wasm"]);
});

/**
 * Lets a file import the package from elsewhere.
 * @param {string} file
 * @param {string} path
 */
async function importing(file, path) {
  const text = await readFile(join(shop.folder, file), "utf8");
  assert.ok(text.includes('from "pushcart"'), file);
  await writeFile(join(shop.folder, file), text.replace('from "pushcart"', `from "${path}"`));
}
