/** The package as its tests use it: the sources, with the core read from the folder beside them. */
import { readFileSync } from "node:fs";
import { initSync } from "../../wasm/pushcart.js";
import { cartMaker } from "../../src/cart.js";

export * from "../../src/public.js";

let ready;
/** @type {ReturnType<typeof cartMaker>} */
export const createCart = cartMaker(async () => (ready ??= initSync({ module: readFileSync(new URL("../../wasm/pushcart.wasm", import.meta.url)) })));

/** @param {string} id */
export const item = (id, price = 1000, quantity = 1, rest = {}) => ({ id, name: `Thing ${id}`, price, quantity, ...rest });
