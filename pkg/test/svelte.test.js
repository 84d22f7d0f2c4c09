/** The Svelte binding, with components that Svelte 5's own compiler made, rendered on a server and in a document. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { join } from "node:path";
import { promisify } from "node:util";
import { createCart, item } from "./support/pushcart.js";

const { compile } = await import("svelte/compiler");
const { cartStore } = await import("../src/svelte.js");
const { get } = await import("svelte/store");

const SOURCE = `
<script>
  import { fromStore } from "svelte/store";
  let { lines, total } = $props();
  const sum = fromStore(total);
</script>
<main><b>{sum.current}</b><ul>{#each $lines as line (line.id)}<li>{line.quantity} {line.name}</li>{/each}</ul></main>`;

// Inside the package, so that what it imports of Svelte is found.
const folder = await mkdtemp(new URL("./support/svelte-", import.meta.url).pathname);
after(() => rm(folder, { recursive: true }));

/** @param {"client" | "server"} generate */
async function component(generate) {
  const file = join(folder, `${generate}.mjs`);
  await writeFile(file, compile(SOURCE, { generate, dev: false }).js.code);
  return pathToFileURL(file).href;
}

const stores = (cart, options) => ({ lines: cartStore(cart, ({ items }) => items, options), total: cartStore(cart, ({ total }) => total, options) });

test("a store holds the cart, follows it and stops", async () => {
  const cart = await createCart();
  cart.add(item("a", 500));
  assert.equal(get(cartStore(cart)), cart.getSnapshot());
  const seen = [];
  const stop = cartStore(cart, ({ total }) => total).subscribe((total) => seen.push(total));
  cart.setMetadata({ note: "x" });
  cart.setQuantity("a", 2);
  stop();
  cart.setQuantity("a", 3);
  assert.deepEqual(seen, [500, 1000]);
  const ids = [];
  cartStore(cart, ({ items }) => items.map(({ id }) => id), { equal: (x, y) => String(x) === String(y) }).subscribe((value) => ids.push(value));
  cart.increase("a");
  assert.deepEqual(ids, [["a"]]);
});

test("a store of a promise begins with what the server rendered", async () => {
  const cart = await createCart();
  cart.add(item("a", 500));
  const seen = [];
  const stop = cartStore(Promise.resolve(cart), ({ total }) => total).subscribe((total) => seen.push(total));
  await new Promise((done) => setTimeout(done));
  cart.setQuantity("a", 2);
  stop();
  assert.deepEqual(seen, [0, 500, 1000]);
  const dropped = [];
  cartStore(Promise.resolve(cart), ({ total }) => total).subscribe((total) => dropped.push(total))();
  await new Promise((done) => setTimeout(done));
  assert.deepEqual(dropped, [0]);
});

test("a component that the server rendered is the first one in the browser, and then follows the cart", async () => {
  const { render } = await import("svelte/server");
  const shop = await createCart();
  shop.add(item("s", 4200));
  const snapshot = JSON.parse(JSON.stringify(shop.getSnapshot()));
  const { default: Component } = await import(await component("server"));
  const { body: html } = await render(Component, { props: stores(undefined, { snapshot }) });
  assert.match(html.replaceAll(/<!--.*?-->/g, ""), /<b>4200<\/b><ul><li>1 Thing s<\/li><\/ul>/);
  const page = JSON.stringify({ file: await component("client"), html, snapshot });
  const { stdout } = await promisify(execFile)(process.execPath, ["--conditions=browser", new URL("./support/svelte-page.js", import.meta.url).pathname, page]);
  assert.deepEqual(JSON.parse(stdout), { shown: ["42001 Thing s", true, "9001 Thing mine", "18002 Thing mine"], complaints: [] });
});
