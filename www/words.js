// What the shop says, in a shopper's words, about what the cart says in its own.

const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

/** "1 piece", "3 pieces". */
export const pieces = (number) => count(number, "piece", "pieces");

/** "empty", "1 thing", "3 things". */
export const things = (number) => (number === 0 ? "empty" : count(number, "thing", "things"));

/** Why the cart refused a change of this item. */
export function refusal(error, item) {
  switch (error.reason) {
    case "insufficient_stock": return `Only ${item?.stock ?? "a few"} left in stock.`;
    case "above_maximum": return `At most ${item?.maxQuantity ?? "a few"} in one order.`;
    case "below_minimum": return `At least ${item?.minQuantity ?? "a few"} in one order.`;
    case "not_a_multiple": return item?.step === 2 ? "Sold in pairs." : `Sold in lots of ${item?.step}.`;
    case "converted": return "This cart was ordered already. Add something to begin the next one.";
  }
  switch (error.kind) {
    case "limit_exceeded": return "That is more than a cart can hold.";
    case "conflict": return "The cart was changed elsewhere. Look at it, then try again.";
    case "not_found": return "That is not in the cart any more.";
    case "lock_timeout":
    case "unavailable": return "The shop does not answer just now. Please try again in a moment.";
    case "unauthorized": return "The shop does not know you any more. Please sign in again.";
    default: return "That did not work. Please try again.";
  }
}

/** What became of the browser's storage: a sentence that asks nothing of the shopper. */
export function storage({ kind, reason }) {
  switch (reason) {
    case "quota_exceeded": return "This browser's storage is full. Your cart works, but will be forgotten when you close or reload the page.";
    case "storage_forbidden":
    case "no_storage": return "This browser does not let the shop store anything. Your cart works, but will be forgotten when you close or reload the page.";
    case "foreign":
    case "unreadable": return "What is stored here under the cart's name is not a cart that can be read. It was left as it is; this cart lives as long as the page.";
    case "newer": return "Your stored cart is from a newer version of the shop. It was left as it is; please reload the page.";
    default: return kind === "corrupt"
      ? "Your stored cart cannot be read. It was left as it is; this cart lives as long as the page."
      : "Your cart cannot be stored just now. It works, but lives as long as the page.";
  }
}

/** How far the cart has come on its way to the server; nothing where it is there. */
export function standing(status) {
  return { saving: "Saving…", offline: "Offline", unsaved: "Not saved" }[status] ?? "";
}

/** One step of an explanation, after its name: what was reckoned, or why nothing was. */
export function step(entry) {
  const said = entry.text.slice(entry.text.indexOf("): ", entry.name.length) + 3);
  if (!entry.applied) return said;
  return /^[+-]?\d+(\.\d+)?$/.test(entry.value ?? "") ? "a fixed amount" : said;
}
