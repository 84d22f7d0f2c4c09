// For those who bring the module themselves: nothing is looked for, `init` is told.
import { cartMaker } from "./cart.js";
import { CartError } from "./errors.js";
import { loader } from "./load.js";

/** @import { ModuleSource } from "./load.js" */

export * from "./public.js";

/** @type {ModuleSource | Promise<ModuleSource> | undefined} */
let given;

const load = /* @__PURE__ */ loader(() => {
  if (given !== undefined) return given;
  throw new CartError({
    kind: "unavailable",
    reason: "module_not_loaded",
    message: "expected init(module) before the first createCart(), found none",
  });
});

export const createCart = /* @__PURE__ */ cartMaker(load);

/**
 * Loads the cart's WebAssembly module, `pushcart/pushcart.wasm`. Once; later calls wait for the first. If it fails, it can be
 * called again.
 * @param {ModuleSource | Promise<ModuleSource>} module compiled, as bytes, as the response of a fetch, or where it is
 * @returns {Promise<void>}
 */
export async function init(module) {
  given = module;
  await load();
}
