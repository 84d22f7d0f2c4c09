/**
 * A page with a Svelte component, alive: run with `--conditions=browser`, so that Node takes the browser's half of Svelte.
 *
 * Gets the component's file, what the server rendered and its snapshot; says what the page showed first, and later.
 */
import { dom } from "./dom.js";
import { createCart, item } from "./pushcart.js";

const { file, html, snapshot } = JSON.parse(process.argv[2]);
const { flushSync, hydrate, unmount } = await import("svelte");
const { cartStore } = await import("../../src/svelte.js");
const { default: Component } = await import(file);

const complaints = [];
console.warn = console.error = (...words) => complaints.push(words.join(" "));
const root = dom.window.document.createElement("div");
root.innerHTML = html;
const li = root.querySelector("li");
const cart = await createCart();
cart.add(item("mine", 900));
const props = { lines: cartStore(cart, ({ items }) => items, { snapshot }), total: cartStore(cart, ({ total }) => total, { snapshot }) };
const component = hydrate(Component, { target: root, props });
flushSync();
const shown = [root.textContent, root.querySelector("li") === li];
await new Promise((done) => setTimeout(done));
flushSync();
shown.push(root.textContent);
cart.setQuantity("mine", 2);
flushSync();
shown.push(root.textContent);
await unmount(component);
cart.setQuantity("mine", 3);
process.stdout.write(JSON.stringify({ shown, complaints }));
