import init from "../wasm/pushcart.js";
import { CartError } from "./errors.js";

/**
 * What the module can be made from: compiled already, its bytes, or where to get it.
 * @typedef {WebAssembly.Module | BufferSource | Response | URL | string} ModuleSource
 */

/**
 * A function that loads the module when it is first called. Whoever calls meanwhile or later waits for the same; what
 * failed is tried again by the next call.
 *
 * A machine has one module, whichever entry asked for it first: carts of two entries can meet in one bundle.
 * @param {() => ModuleSource | Promise<ModuleSource>} find says where the module is; called only when it is needed
 * @param {string} [advice] what else can be done when it is not there
 * @returns {() => Promise<WebAssembly.Memory>}
 */
export function loader(find, advice = "") {
  /** @type {Promise<WebAssembly.Memory> | undefined} */
  let loading;
  return () => {
    loading ??= load(find, advice).catch((error) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}

/**
 * @param {() => ModuleSource | Promise<ModuleSource>} find
 * @param {string} advice
 */
async function load(find, advice) {
  try {
    const { memory } = await init({ module_or_path: find() });
    return memory;
  } catch (cause) {
    if (cause instanceof CartError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CartError(
      { kind: "unavailable", reason: "module_not_loaded", message: `expected the cart's WebAssembly module, found: ${why}${advice}` },
      { cause },
    );
  }
}
