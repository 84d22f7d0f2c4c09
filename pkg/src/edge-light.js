// For the edge runtime of Vercel and Next.js: as workerd, but a compiled module is asked for by `?module`.
import module from "../wasm/pushcart.wasm?module";
import { cartMaker } from "./cart.js";
import { loader } from "./load.js";

export * from "./public.js";

export const createCart = /* @__PURE__ */ cartMaker(/* @__PURE__ */ loader(() => module));
