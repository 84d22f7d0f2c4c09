// The products on the page. They can be looked at before there is a cart, and without one.

import { money } from "./money.js";
import { at, copy, name, picture, set } from "./page.js";

/** The products, by their id. */
export async function read() {
  const answer = await fetch("products.json");
  if (!answer.ok) throw new Error(`expected the products, found status ${answer.status}`);
  return new Map((await answer.json()).map((product) => [product.id, product]));
}

/** What goes into a cart for a product, in a size where it has sizes. */
export function item(product, size) {
  const { id, name: bare, price, category, minQuantity, maxQuantity, step, stock } = product;
  return {
    id: size ? `${id}-${size.toLowerCase()}` : id,
    name: size ? `${bare}, ${size}` : bare,
    price,
    quantity: minQuantity ?? 1,
    attributes: { ...(category && { category }), ...(size && { size }) },
    ref: { type: "product", id },
    ...(minQuantity && { minQuantity }),
    ...(maxQuantity && { maxQuantity }),
    ...(step && { step }),
    ...(stock !== undefined && { stock }),
  };
}

/** Draws the products. `add` and `wish` are told which item was meant; what is given back shows the hearts. */
export function draw(products, { add, wish }) {
  const cards = [...products.values()].map((product) => card(product, add, wish));
  at("products").replaceChildren(...cards.map(({ card }) => card));
  return {
    /** Fills the hearts of what is on the wishlist. */
    hearts(wishes) {
      for (const { chosen, heart } of cards) heart.setAttribute("aria-pressed", String(wishes(chosen().id)));
    },
    /** From here on buttons do something. */
    open() {
      for (const { card } of cards) for (const button of card.querySelectorAll("button")) button.disabled = false;
    },
  };
}

function card(product, add, wish) {
  const card = copy("product");
  const [heart, button, size] = [".heart", ".add", "select"].map((selector) => card.querySelector(selector));
  name(card, product.name);
  set(card.querySelector(".note"), product.note ?? "");
  set(card.querySelector(".price"), money(product.price));
  picture(card.querySelector(".tile"), product);
  if (product.sizes) {
    size.append(...product.sizes.map((each) => new Option(each)));
    size.value = product.sizes[Math.floor(product.sizes.length / 2)];
    size.hidden = false;
  }
  const chosen = () => item(product, product.sizes && size.value);
  heart.addEventListener("click", () => wish(chosen()));
  button.addEventListener("click", () => add(chosen()));
  size.addEventListener("change", () => card.dispatchEvent(new Event("chosen", { bubbles: true })));
  heart.disabled = button.disabled = true;
  return { card, chosen, heart };
}
