// A page that a server rendered with React, and that a browser takes over: without a difference, with the same figures at
// once, and alive afterwards. With the two Reacts that the package says it works with.
import { build } from "esbuild";
import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "../chromium.mjs";
import { serve } from "../serve.mjs";
import { project, TOTAL } from "./packed.mjs";

/** @type {string} */
let folder;
/** @type {import("playwright-core").Browser} */
let browser;
before(async () => {
  ({ folder } = await project("react"));
  browser = await chromium();
});
after(() => browser?.close());

const SHOP = `
  import { CartProvider, useCart, useCartActions } from "pushcart/react";
  import { createElement as h, StrictMode } from "react";

  function Lines() {
    const items = useCart((cart) => cart.items);
    return h("ul", null, items.map(({ id, name, quantity }) => h("li", { key: id }, name, " × ", quantity)));
  }
  function Total() {
    return h("output", null, useCart((cart) => cart.total));
  }
  function More() {
    const cart = useCartActions();
    return h("button", { disabled: !cart, onClick: () => cart.increase("tee-m") }, "One more");
  }
  export const Shop = ({ cart, snapshot }) =>
    h(StrictMode, null, h(CartProvider, { cart, snapshot }, h(Lines), h(Total), h(More)));`;

const SERVER = `
  import { createCart, memoryDriver } from "pushcart";
  import { createElement as h, version } from "react";
  import { renderToString } from "react-dom/server";
  import { Shop } from "./shop.js";

  export async function render() {
    const cart = await createCart({ currency: "USD", driver: memoryDriver() });
    cart.add({ id: "tee-m", name: "T-shirt", price: 1999, quantity: 2 });
    cart.addCondition({ name: "Welcome", type: "discount", value: "-10%" });
    cart.addCondition({ name: "VAT", type: "tax", value: "+19%" });
    const snapshot = cart.getSnapshot();
    return { version, html: renderToString(h(Shop, { snapshot })), snapshot: JSON.stringify(snapshot) };
  }`;

// What the shop sends along, and the cart that the tab keeps: filled here as the server's was.
const PAGE = `
  import { createCart, sessionDriver } from "pushcart";
  import { createElement as h } from "react";
  import { hydrateRoot } from "react-dom/client";
  import { Shop } from "./shop.js";

  window.complaints = [];
  const snapshot = JSON.parse(document.querySelector("#snapshot").textContent);
  window.opened = createCart({ currency: "USD", driver: sessionDriver() });
  const cart = opened.then((cart) => {
    cart.add({ id: "tee-m", name: "T-shirt", price: 1999, quantity: 2 });
    cart.addCondition({ name: "Welcome", type: "discount", value: "-10%" });
    cart.addCondition({ name: "VAT", type: "tax", value: "+19%" });
    return cart;
  });
  window.seen = [];
  const root = document.querySelector("#root");
  new MutationObserver(() => seen.push(root.innerHTML)).observe(root, { subtree: true, childList: true, characterData: true });
  hydrateRoot(root, h(Shop, { cart, snapshot }), { onRecoverableError: (error) => complaints.push(String(error)) });`;

for (const major of [18, 19]) {
  test(`React ${major}: hydrates without a mismatch and goes on`, async () => {
    const work = join(folder, `react${major}`);
    const out = join(work, "served");
    await mkdir(out, { recursive: true });
    for (const [name, text] of Object.entries({ "shop.js": SHOP, "server.js": SERVER, "page.js": PAGE })) await writeFile(join(work, name), text);
    const shared = {
      absWorkingDir: work,
      bundle: true,
      format: /** @type {const} */ ("esm"),
      // Mismatches are told in full in development.
      define: { "process.env.NODE_ENV": '"development"' },
      alias: major == 18 ? { react: "react18", "react-dom": "react-dom18" } : {},
      logLevel: /** @type {const} */ ("error"),
    };
    await build({
      ...shared,
      entryPoints: ["server.js"],
      outfile: join(work, "server.mjs"),
      platform: "node",
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    });
    await build({ ...shared, entryPoints: ["page.js"], outdir: out });

    const { render } = await import(pathToFileURL(join(work, "server.mjs")).href);
    const { version, html, snapshot } = await render();
    assert.equal(version.split(".")[0], String(major));
    assert.match(html, new RegExp(`<output>${TOTAL}</output>`));
    await writeFile(
      join(out, "index.html"),
      `<!doctype html><html lang="en"><meta charset="utf-8"><title>A shop</title><div id="root">${html}</div>` +
        `<script type="application/json" id="snapshot">${snapshot.replaceAll("<", "\\u003c")}</script><script type="module" src="page.js"></script>`,
    );

    const server = await serve(out);
    const page = await browser.newPage();
    /** @type {string[]} */
    const complaints = [];
    page.on("console", (message) => ["error", "warning"].includes(message.type()) && complaints.push(message.text()));
    page.on("pageerror", (error) => complaints.push(String(error)));
    try {
      await page.goto(server.url);
      const output = page.locator("output");
      assert.equal(await output.textContent(), String(TOTAL));
      await page.locator("button:enabled").click();
      // 3 × 19.99 = 59.97, less 6.00, and 19 % of 53.97 (10.2543).
      await page.waitForFunction(() => document.querySelector("output")?.textContent === "6422");
      assert.equal(await page.locator("li").textContent(), "T-shirt × 3");
      const seen = /** @type {string[]} */ (await page.evaluate("window.seen"));
      for (const moment of seen) assert.match(moment, /<output>(4282|6422)<\/output>/);
      assert.deepEqual([complaints, await page.evaluate("window.complaints")], [[], []]);
    } finally {
      await page.close();
      await server.close();
    }
  });
}
