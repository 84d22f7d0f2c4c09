// For workerd (Cloudflare Workers): it compiles modules when a worker is uploaded, and refuses to do so later.
import module from "../wasm/pushcart.wasm";
import { cartMaker } from "./cart.js";
import { loader } from "./load.js";

export * from "./public.js";

export const createCart = /* @__PURE__ */ cartMaker(/* @__PURE__ */ loader(() => module));
