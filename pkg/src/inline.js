// For every machine that has nothing to fetch, and every tool that would not copy a file: the module is a text in the
// JavaScript. Servers, development servers, bundlers that do not know `new URL(…, import.meta.url)`.
import packed from "../wasm/inline.js";
import { cartMaker } from "./cart.js";
import { loader } from "./load.js";

export * from "./public.js";

export const createCart = /* @__PURE__ */ cartMaker(/* @__PURE__ */ loader(unpack));

function unpack() {
  const bytes = Uint8Array.from(atob(packed), (character) => character.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).arrayBuffer();
}
