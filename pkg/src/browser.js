// For browsers and the bundlers that copy a file when they see its URL: the module is a file of its own, which the
// browser compiles while it arrives.
import { cartMaker } from "./cart.js";
import { loader } from "./load.js";

export * from "./public.js";

export const createCart = /* @__PURE__ */ cartMaker(
  /* @__PURE__ */ loader(
    () => new URL("../wasm/pushcart.wasm", import.meta.url),
    '; if a bundler left the file behind, import from "pushcart/inline"',
  ),
);
