/** @import { Codec, Driver, KeyOptions, WebStorage } from "./types.js" */
import { invalid } from "./errors.js";
import { plainText } from "./web.js";

/**
 * Keeps the carts in localStorage: they are there in every tab, and tomorrow. Tabs are kept in step, and what two of them do at
 * once is in the cart once each.
 *
 * Events and options are those of `sessionDriver`; a `codec` must answer at once.
 * @param {KeyOptions & {codec?: Codec<"now">, storage?: WebStorage}} [options]
 * @returns {Driver<"now">}
 */
export function localDriver({ key = "cart", codec = plainText, storage } = {}) {
  if (typeof key != "string" || !key) throw invalid("expected a key as text", "key");
  // What keeps tabs in step is loaded where it is used, beside the core.
  const code = import("./tabs.js");
  // Whoever opens a cart is told.
  code.catch(() => {});
  return { open: async (home) => (await code).tabs(home, key, codec, storage) };
}
