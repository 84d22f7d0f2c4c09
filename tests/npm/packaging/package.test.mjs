// What is in the archive, what its types and exports promise, and that importing it does nothing.
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { before, test } from "node:test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { files, output, project, tools } from "./packed.mjs";

/** @type {Awaited<ReturnType<typeof project>>} */
let shop;
/** @type {any} */
let manifest;
before(async () => {
  shop = await project("package");
  manifest = JSON.parse(await readFile(join(shop.installed, "package.json"), "utf8"));
});

test("publint has nothing to say", async () => {
  const bytes = await readFile(shop.archive);
  const { messages } = await publint({ pack: { tarball: /** @type {ArrayBuffer} */ (bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)) } });
  assert.deepEqual(messages.map((message) => formatMessage(message, manifest)), []);
});

test("the types are right wherever the package is resolved", async () => {
  const checked = await checkPackage(createPackageFromTarballData(await readFile(shop.archive)), {
    // Not JavaScript; what an import of it means is the bundler's choice.
    excludeEntrypoints: ["./pushcart.wasm", "./package.json"],
  });
  assert.ok(checked.types, "the package has types");
  // ESM only, on purpose: TypeScript 5 and older resolution from before `exports` are told so.
  const ESM_ONLY = ["CJSResolvesToESM"];
  const node10 = (/** @type {any} */ problem) => problem.resolutionKind == "node10";
  assert.deepEqual(checked.problems.filter((problem) => !ESM_ONLY.includes(problem.kind) && !node10(problem)), []);
});

test("every file that the exports name is in the archive, and nothing else but documents", async () => {
  const found = await files(shop.installed);
  const named = [...JSON.stringify(manifest.exports).matchAll(/:"\.\/([^"*]+)"/g)].map(([, path]) => path);
  for (const path of named) assert.ok(found.includes(path), `expected ${path} in the archive, found ${found.join(" ")}`);
  const documents = ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"];
  for (const path of documents) assert.ok(found.includes(path), `expected ${path} in the archive`);
  for (const path of found) assert.ok(documents.includes(path) || /^(dist\/([\w-]+\/)?[\w-]+(\.js|\.d\.ts)|wasm\/pushcart\.(wasm|d\.ts))$/.test(path), `${path} should not be published`);
});

test("nothing is installed besides, and nothing runs when it is", () => {
  assert.equal(manifest.dependencies, undefined);
  for (const script of ["preinstall", "install", "postinstall", "prepare"]) assert.equal(manifest.scripts?.[script], undefined, script);
  for (const peer of Object.keys(manifest.peerDependencies ?? {})) assert.equal(manifest.peerDependenciesMeta[peer]?.optional, true, peer);
  assert.equal(manifest.sideEffects, false);
});

test("importing touches nothing: no page, no storage, no network, no timer, no module compiled", async () => {
  // Each of these throws when it is so much as read, the import of each entry included.
  const script = `
    const touched = [];
    for (const name of ["window", "document", "self", "location", "navigator", "localStorage", "sessionStorage", "indexedDB", "fetch",
      "XMLHttpRequest", "BroadcastChannel", "setTimeout", "setInterval", "queueMicrotask", "crypto", "addEventListener"]) {
      Object.defineProperty(globalThis, name, { configurable: true, get() { touched.push(name); throw new Error("touched " + name); } });
    }
    for (const name of ["compile", "instantiate", "Module", "Instance", "Memory", "compileStreaming", "instantiateStreaming"]) {
      Object.defineProperty(WebAssembly, name, { get() { touched.push(name); throw new Error("touched WebAssembly." + name); } });
    }
    for (const name of ["now", "random"]) (name == "now" ? Date : Math)[name] = () => { touched.push(name); return 0; };
    for (const entry of ${JSON.stringify(entries())}) await import(entry);
    console.log(JSON.stringify(touched));`;
  assert.equal(await output(process.execPath, ["--input-type=module", "--eval", script], { cwd: shop.folder }), "[]\n");
});

/** Every entry that can be imported without a framework or a bundler. */
function entries() {
  const without = /\.wasm|package\.json|react|vue|svelte|unstorage|\*/;
  return Object.keys(manifest.exports).filter((path) => !without.test(path)).map((path) => `pushcart${path.slice(1)}`);
}

test("errors keep their names when names are shortened, and /slim says what it lacks", async () => {
  const script = `
    import { createCart, init, CartError } from "pushcart/slim";
    import { readFile, writeFile } from "node:fs/promises";
    const say = (error) => console.log(error instanceof CartError, error.name, error.kind, error.reason, error.message);
    await createCart().catch(say);
    await init(new Uint8Array(8)).catch(say);
    await init(readFile(new URL(import.meta.resolve("pushcart/pushcart.wasm"))));
    console.log((await createCart()).total);`;
  const [lacking, broken, total] = (await output(process.execPath, ["--input-type=module", "--eval", script], { cwd: shop.folder })).trim().split("\n");
  assert.equal(lacking, "true CartError unavailable module_not_loaded expected init(module) before the first createCart(), found none");
  assert.match(broken, /^true CartError unavailable module_not_loaded expected the cart's WebAssembly module, found: WebAssembly.instantiate\(\).*magic/);
  assert.equal(total, "0");
});

for (const [moduleResolution, module] of [["bundler", "es2022"], ["nodenext", "nodenext"]]) {
  test(`a shop in TypeScript compiles against it, its types checked too (${moduleResolution})`, async () => {
    await writeFile(
      join(shop.folder, "shop.ts"),
      `import { createCart, CartError, formatMoney, memoryDriver, sessionDriver, type Snapshot } from "pushcart";
       import { init } from "pushcart/slim";
       import { httpDriver } from "pushcart/http";
       import { createCart as inline } from "pushcart/inline";
       const cart = await createCart({ currency: "USD", driver: sessionDriver() });
       const pieces: number = cart.add({ id: "tee-m", name: "T-shirt", price: 1999, quantity: 2 });
       const total: number = cart.totals().total;
       const far = await inline({ driver: httpDriver({ url: "https://shop.example" }) });
       const atOnce: number = far.add({ id: "tee-m", name: "T-shirt", price: 1999 });
       const shot: Snapshot = cart.getSnapshot();
       const said: string = formatMoney(total, "USD");
       await init(new URL("https://shop.example/pushcart.wasm"));
       export { CartError, memoryDriver, pieces, atOnce, shot, said };
       // @ts-expect-error a quantity is a number
       cart.setQuantity("tee-m", "2");`,
    );
    const options = ["--noEmit", "--strict", "--target", "es2022", "--lib", "es2022,dom", "--types", "", "--module", module, "--moduleResolution", moduleResolution];
    await output(process.execPath, [join(tools, "node_modules/typescript/bin/tsc"), ...options, "shop.ts"], { cwd: shop.folder });
  });
}
