// The package against a cart that was written by hand: `node tests/benches/npm/main.mjs [--quick]`, after
// `node pkg/build.mjs`. Tables for Node.js, where storage is a Map, and for Chromium with its own sessionStorage.
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import adapter from "../../../pkg/bench-adapter.mjs";
import { chromium } from "../../npm/chromium.mjs";
import { serve } from "../../npm/serve.mjs";
import { measure } from "./measure.mjs";
import { plain } from "./plain.mjs";
import { agree, MapStorage, SIZES } from "./work.mjs";

/** What was promised: times plain's time, and nanoseconds. */
const TARGETS = {
  "one more of a line": { ns: 150 },
  "set a quantity": { ns: 150 },
  load: { 100: 0.5 },
  "the click: set a quantity, the total, save": { 10: 1, 100: 0.5, 1000: 0.5 },
  "the click, kept by the session driver": { 10: 1, 100: 0.5, 1000: 0.5 },
};

const unknown = process.argv.slice(2).find((argument) => argument != "--quick");
if (unknown) throw new Error(`expected --quick or nothing, found ${JSON.stringify(unknown)}`);
/** @type {{slices?: number, sliceMs?: number}} */
const options = process.argv.includes("--quick") ? { slices: 5, sliceMs: 4 } : {};

const ours = await adapter();
agree([plain, ours], () => new MapStorage());
print(`Node.js ${process.version}, ${cpus().length} × ${cpus()[0].model.trim()}`, measure([plain, ours], () => new MapStorage(), options));

const here = dirname(fileURLToPath(import.meta.url));
const folder = await mkdtemp(join(tmpdir(), "pushcart-bench-"));
for (const part of ["dist", "wasm"]) await cp(join(here, "../../../pkg", part), join(folder, "pushcart", part), { recursive: true });
for (const file of ["page.mjs", "measure.mjs", "plain.mjs", "pushcart.mjs", "work.mjs"]) await cp(join(here, file), join(folder, file));
await writeFile(join(folder, "index.html"), '<!doctype html><meta charset="utf-8"><title>bench</title><script type="module" src="page.mjs"></script>');
const server = await serve(folder);
const browser = await chromium();
try {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(error));
  await page.goto(server.url);
  await page.waitForFunction("window.bench");
  // A page's clock is coarser.
  options.sliceMs = 20;
  print(`Chromium ${browser.version()}`, /** @type {any} */ (await page.evaluate((options) => /** @type {any} */ (window).bench(options), options)));
} finally {
  await browser.close();
  await server.close();
  await rm(folder, { recursive: true });
}

/**
 * @param {string} where
 * @param {import("./measure.mjs").Row[]} rows
 */
function print(where, rows) {
  console.log(`\n### ${where}\n\npushcart's time (and how many times plain's that is; ! where more was promised)\n`);
  console.log(`| operation | ${SIZES.map((n) => `${n} line${n > 1 ? "s" : ""}`).join(" | ")} |\n|---|${SIZES.map(() => "---:|").join("")}`);
  for (const operation of new Set(rows.map((row) => row.operation))) {
    const target = /** @type {any} */ (TARGETS)[operation] ?? {};
    const cells = SIZES.map((n) => {
      const { ns } = /** @type {import("./measure.mjs").Row} */ (rows.find((row) => row.operation == operation && row.n == n));
      const ratio = ns.pushcart / ns.plain;
      const missed = ratio > (target[n] ?? Infinity) || ns.pushcart > (target.ns ?? Infinity);
      return `${duration(ns.pushcart)} (${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2)})${missed ? " !" : ""}`;
    });
    console.log(`| ${operation} | ${cells.join(" | ")} |`);
  }
}

/** @param {number} ns */
function duration(ns) {
  if (ns < 1000) return `${ns.toFixed(0)} ns`;
  return ns < 1e6 ? `${(ns / 1e3).toFixed(1)} µs` : `${(ns / 1e6).toFixed(2)} ms`;
}
