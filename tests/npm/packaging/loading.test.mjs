// How a page loads the module: once, again after a failure, and under which policy.
import assert from "node:assert/strict";
import { cp, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { chromium } from "../chromium.mjs";
import { POLICY, serve } from "../serve.mjs";
import { project } from "./packed.mjs";

/** @type {string} */
let folder;
/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  const shop = await project("loading");
  folder = join(shop.folder, "served");
  await cp(shop.installed, join(folder, "pushcart"), { recursive: true });
  await writeFile(join(folder, "index.html"), '<!doctype html><meta charset="utf-8"><title>A shop</title><script type="module" src="./page.js"></script>');
  await writeFile(join(folder, "page.js"), 'import * as pushcart from "./pushcart/dist/browser.js"; window.pushcart = pushcart; document.body.id = "ready";');
  browser = await chromium();
});
after(() => browser?.close());

/**
 * Opens the page and gives it to `work`, with the requests for the module that were made so far.
 * @param {(page: import("playwright-core").Page, requests: string[]) => Promise<void>} work
 * @param {string} [policy]
 */
async function opened(work, policy) {
  const server = await serve(folder, { policy });
  const page = await browser.newPage();
  /** @type {string[]} */
  const requests = [];
  page.on("request", (request) => request.url().endsWith(".wasm") && requests.push(request.url()));
  try {
    await page.goto(server.url);
    await page.waitForSelector("#ready", { state: "attached" });
    await work(page, requests);
  } finally {
    await page.close();
    await server.close();
  }
}

test("nothing is fetched before the first cart, and one module for all of them", () =>
  opened(async (page, requests) => {
    assert.deepEqual(requests, []);
    const totals = await page.evaluate("Promise.all([1, 2, 3].map(() => pushcart.createCart())).then((carts) => carts.map((cart) => cart.total))");
    assert.deepEqual(totals, [0, 0, 0]);
    assert.equal(requests.length, 1);
    await page.evaluate("pushcart.createCart().then(() => {})");
    assert.equal(requests.length, 1);
  }));

test("a fetch that failed is tried again by the next call", () =>
  opened(async (page, requests) => {
    await page.route("**/*.wasm", (route) => (requests.length == 1 ? route.abort() : route.continue()));
    const say = "pushcart.createCart().then((cart) => `total ${cart.total}`, (error) => `${error.name} ${error.kind} ${error.reason} ${error.cause.name}`)";
    assert.equal(await page.evaluate(say), "CartError unavailable module_not_loaded TypeError");
    assert.equal(await page.evaluate(say), "total 0");
    assert.equal(requests.length, 2);
  }));

test("a page in the place of the module is named", () =>
  opened(async (page) => {
    await page.route("**/*.wasm", (route) => route.fulfill({ status: 200, contentType: "text/html", body: "<!doctype html>" }));
    const message = await page.evaluate("pushcart.createCart().catch((error) => error.message)");
    assert.match(String(message), /^expected the cart's WebAssembly module, found: .*magic word.*pushcart\/inline/);
  }));

test("the policy needs 'wasm-unsafe-eval' and no more; without it the error says so", () =>
  opened(async (page) => {
    const error = await page.evaluate("pushcart.createCart().catch((error) => `${error.kind} ${error.reason}: ${error.message}`)");
    assert.match(String(error), /^unavailable module_not_loaded: expected the cart's WebAssembly module, found: .*Content Security Policy/);
  }, POLICY.replace(" 'wasm-unsafe-eval'", "")));
