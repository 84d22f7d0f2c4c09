// Builds what is published: `node build.mjs`. Fills wasm/ and dist/, prints what everything weighs, and fails where
// something weighs too much. `node build.mjs --sizes` says where the bytes of the module are instead.
import { build } from "esbuild";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";

/** Bytes after brotli: what a browser is to load for `import … from "pushcart"`, every rule and preset in it. */
const AIM = 64 * 1024;
/** It is not there yet. Until it is, the build fails where it gets heavier than it was: lower this whenever it got lighter. */
const GATE = 139_000;
/** The same for one framework's binding, without the cart. */
const BINDING_GATE = 1024;
const BINDINGS = ["react", "vue", "svelte"];

/** @type {import("esbuild").BuildOptions & {external: string[]}} */
const settings = {
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  charset: "utf8",
  logLevel: "warning",
  external: ["*.wasm", "*.wasm?module", "react", "vue", "svelte", "svelte/*", "unstorage"],
};

const pkg = dirname(fileURLToPath(import.meta.url));
const root = join(pkg, "..");
const manifest = JSON.parse(readFileSync(join(pkg, "package.json"), "utf8"));

const unknown = process.argv.slice(2).find((argument) => argument != "--sizes");
if (unknown) throw new Error(`expected --sizes or nothing, found ${JSON.stringify(unknown)}`);
const cargo = (/** @type {string[]} */ ...more) =>
  execFileSync("cargo", ["run", "--quiet", "--locked", "--package", "pushcart-pkg", ...more], { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
if (process.argv.includes("--sizes")) {
  cargo("--", "--sizes");
  process.exit();
}

cargo();
const dist = join(pkg, "dist");
rmSync(dist, { recursive: true, force: true });
const entries = entryNames();
await scripts();
types();
for (const license of ["LICENSE-MIT", "LICENSE-APACHE"]) cpSync(join(root, license), join(pkg, license));
await sizes();

/** The names of the entries, from the only place where they stand: `exports`. */
function entryNames() {
  const files = JSON.stringify(manifest.exports).matchAll(/"\.\/dist\/([\w-]+)\.js"/g);
  return [...new Set([...files].map(([, name]) => name))];
}

/** Every entry, minified; what several of them need stands in files that they share. */
async function scripts() {
  await build({
    ...settings,
    entryPoints: entries.map((name) => join(pkg, "src", `${name}.js`)),
    splitting: true,
    outdir: dist,
    chunkNames: "shared-[hash]",
  });
  // Imports for the sake of an order of effects, where nothing has effects: the bundlers of shops would warn.
  for (const file of readdirSync(dist)) {
    const text = readFileSync(join(dist, file), "utf8");
    writeFileSync(join(dist, file), text.replaceAll(/import"\.\/shared-\w+\.js";/g, ""));
  }
}

/** The types, from the sources: only those that an entry leads to. */
function types() {
  if (spawnSync(process.execPath, [join(pkg, "node_modules/typescript/bin/tsc"), "--project", pkg], { stdio: "inherit" }).status !== 0) {
    console.error("the types do not hold: nothing was finished");
    process.exit(1);
  }
  for (const file of typesBelow(join(pkg, "src"))) cpSync(join(pkg, "src", file), join(dist, file));
  const reached = new Set();
  const queue = entries.map((name) => join(dist, `${name}.d.ts`));
  for (let file = queue.pop(); file; file = queue.pop()) {
    if (reached.has(file)) continue;
    const published = file.startsWith(dist) || file == join(pkg, "wasm/pushcart.d.ts");
    if (!published || !existsSync(file)) throw new Error(`the published types name ${relative(pkg, file)}, which is not published`);
    reached.add(file);
    for (const [, path] of readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)\.js"/g)) {
      queue.push(join(dirname(file), `${path}.d.ts`));
    }
  }
  for (const file of typesBelow(dist)) if (!reached.has(join(dist, file))) rmSync(join(dist, file));
}

/** The files of types below a folder, by their paths from there. @param {string} folder */
function typesBelow(folder) {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".d.ts"));
}

/** Prints the table, and fails beyond a gate. */
async function sizes() {
  const module = readFileSync(join(pkg, "wasm/pushcart.wasm"));
  const browser = await whole("browser");
  const rows = [
    row("browser: JavaScript", browser.text),
    row("browser: WebAssembly", module),
    row("browser, together", browser.text, module),
    row("inline, together", (await whole("inline")).text),
  ];
  const failures = [];
  if (rows[2].brotli > GATE) failures.push(`browser: expected at most ${GATE} bytes after brotli, found ${rows[2].brotli}`);
  for (const name of entries.filter((name) => !["browser", "inline", "workerd", "edge-light", "slim"].includes(name))) {
    const part = row(`${name}, beside the cart`, (await whole(name, browser.files)).text);
    rows.push(part);
    if (BINDINGS.includes(name) && part.brotli > BINDING_GATE) {
      failures.push(`${name}: expected at most ${BINDING_GATE} bytes after brotli, found ${part.brotli}`);
    }
  }
  console.log(["", "| what | bytes | gzip | brotli |", "|---|---:|---:|---:|"].join("\n"));
  for (const { what, bytes, gzip, brotli } of rows) console.log(`| ${what} | ${bytes} | ${gzip} | ${brotli} |`);
  for (const failure of failures) console.error(failure);
  if (failures.length) process.exitCode = 1;
}

/**
 * One entry and all that it needs, in one file, as a shop's own build would have it.
 * @param {string} name
 * @param {string[]} [without] files that are there already
 */
async function whole(name, without = []) {
  const { outputFiles, metafile } = await build({
    ...settings,
    entryPoints: [join(dist, `${name}.js`)],
    external: [...settings.external, ...without],
    write: false,
    metafile: true,
  });
  return { text: outputFiles[0].contents, files: Object.keys(metafile.inputs).map((file) => join(process.cwd(), file)) };
}

/**
 * @param {string} what
 * @param {...Uint8Array} files
 */
function row(what, ...files) {
  const sum = (/** @type {(file: Uint8Array) => number} */ size) => files.reduce((bytes, file) => bytes + size(file), 0);
  return { what, bytes: sum((f) => f.length), gzip: sum((f) => gzipSync(f, { level: 9 }).length), brotli: sum((f) => brotliCompressSync(f).length) };
}
