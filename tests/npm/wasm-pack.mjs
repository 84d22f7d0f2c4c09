// What `wasm-pack build --target web --out-dir FOLDER` made, used as it is: `node tests/npm/wasm-pack.mjs FOLDER`.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [folder, ...more] = process.argv.slice(2);
if (!folder || more.length) throw new Error("expected the folder that wasm-pack wrote: node tests/npm/wasm-pack.mjs FOLDER");

const { name, main, types } = JSON.parse(await readFile(resolve(folder, "package.json"), "utf8"));
assert.deepEqual([name, main, types], ["pushcart", "pushcart.js", "pushcart.d.ts"]);
const { initSync, Shelf } = await import(pathToFileURL(resolve(folder, main)).href);
initSync({ module: await readFile(resolve(folder, "pushcart_bg.wasm")) });

const cart = new Shelf({ currency: "USD" }).cart("default");
const commands = [
  { do: "add", item: { id: "tee-m", name: "T-shirt", price: 1999, quantity: 2 } },
  { do: "addCondition", condition: { name: "Welcome", type: "discount", value: "-10%" } },
  { do: "addCondition", condition: { name: "VAT", type: "tax", value: "+19%" } },
];
cart.change(JSON.stringify({ commands }), false);
assert.equal(cart.total(), 4282);
assert.equal(cart.increase("tee-m", 1), 3);
assert.equal(cart.total(), 6422);
assert.match(await readFile(resolve(folder, types), "utf8"), /export class Hand/);
console.log(`the package that wasm-pack built in ${folder} works`);
