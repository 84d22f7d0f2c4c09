// Brings the rooms of the shop together: the products first, then the cart, then everything that shows it.

import * as account from "./account.js";
import * as catalogue from "./catalogue.js";
import * as drawer from "./drawer.js";
import { list } from "./lines.js";
import { money } from "./money.js";
import { forgive, notice, quiet, say, standing } from "./notices.js";
import * as order from "./order.js";
import { at, set } from "./page.js";
import { Shop } from "./shop.js";
import * as totals from "./totals.js";
import * as words from "./words.js";

/** What becomes of keeping the cart, where it is not what everybody expects. */
function hear(event) {
  if (event.type === "refused") say(`Taken back: ${words.refusal(event.error)}`);
  else if (event.type === "conflict") say("The same was changed elsewhere meanwhile. What was set there holds.");
  else if (event.ok) forgive();
  else if (shop?.user == null) notice(words.storage(event));
}

/** What the server offers, in a file, so that static files can say "nothing" without an error in the console. */
async function offered() {
  const answer = await fetch("server.json");
  return answer.ok ? answer.json() : { server: null };
}

const products = await catalogue.read();
let shop;

const toCart = { label: "View cart", act: () => drawer.open("cart") };
const shown = catalogue.draw(products, {
  async add(item) {
    try {
      await shop.add(item);
      say(`${item.name} added, total ${money(shop.shown.total)}`, toCart);
    } catch (error) {
      say(`${item.name}: ${words.refusal(error, item)}`, toCart);
    }
  },
  async wish(item) {
    try {
      await shop.wish(item);
      say(shop.wishes(item.id) ? `${item.name} is on your wishlist` : `${item.name} is off your wishlist`);
    } catch (error) {
      say(words.refusal(error, item));
    }
  },
});

try {
  shop = await Shop.open((await offered()).server, hear);
} catch (error) {
  notice("The cart could not be opened. Please reload the page.");
  throw error;
}

const lines = list("cart-lines", {
  saved: false, products, say,
  acts: {
    increase: (id, by) => shop.increase(id, by),
    setQuantity: (id, quantity) => shop.setQuantity(id, quantity),
    remove: (id) => shop.remove(id),
    move: (id) => shop.save(id),
  },
});
const wishes = list("wishlist-lines", {
  saved: true, products, say,
  acts: { remove: (id) => shop.remove(id, shop.wishlist), move: (id) => shop.take(id) },
});

function draw() {
  const cart = shop.shown;
  const ordered = cart.checkedOutAt !== undefined;
  const items = ordered ? [] : cart.items;
  const quantity = ordered ? 0 : cart.quantity;
  const saved = shop.wishlist.getSnapshot();

  lines.draw(items, cart.currency);
  wishes.draw(saved.items, saved.currency);
  for (const id of ["cart-count", "tab-cart-count"]) set(at(id), String(quantity));
  for (const id of ["wishlist-count", "tab-wishlist-count"]) set(at(id), String(saved.lines));
  set(at("wishlist-said"), `Wishlist, ${words.things(saved.lines)}`);
  set(at("cart-said"), quantity > 0 ? `Cart, ${words.pieces(quantity)}, ${money(cart.total, cart.currency)}` : "Cart, empty");
  set(at("cart-total"), items.length > 0 ? money(cart.total, cart.currency) : "");
  at("cart-empty").hidden = items.length > 0 || ordered;
  at("thanks").hidden = !ordered;
  if (ordered) {
    lines.settle();
    const sent = cart.status === "ready" || shop.user === null;
    set(at("thanks-title"), sent ? "Thank you" : "Sending your order…");
    set(at("thanks-order"), cart.metadata.order ?? "");
    set(at("thanks-total"), money(cart.total, cart.currency));
  }
  at("cart-rest").hidden = at("pay").hidden = items.length === 0;
  at("wishlist-empty").hidden = saved.items.length > 0;
  at("keep-row").hidden = shop.user !== null;
  at("keep").checked = shop.keeps;
  totals.draw(cart.totals, () => shop.cart.explain());
  order.draw(shop);
  account.draw(shop);
  shown.hearts((id) => shop.wishes(id));
  standing(shop.user === null ? "" : words.standing(cart.status));
}

drawer.connect(() => {
  lines.settle();
  wishes.settle();
  quiet();
});
order.connect(shop, say);
account.connect(shop, say);
at("why").addEventListener("toggle", () => { if (at("why").open) totals.steps(shop.cart.explain()); });
at("products").addEventListener("chosen", draw);
at("keep").addEventListener("change", async (event) => {
  try {
    await shop.keep(event.target.checked);
    say(shop.keeps ? "Your cart stays on this device" : "Your cart goes when you close this tab");
  } catch (error) {
    event.target.checked = shop.keeps;
    say(words.refusal(error));
  }
});
shop.watch(draw);
shown.open();
document.documentElement.dataset.ready = "";
