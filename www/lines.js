// The lines of the cart and of the wishlist. A line keeps its element as long as it is there, so that redrawing
// takes neither the focus nor what is being typed away from anybody.

import { money } from "./money.js";
import { at, copy, name, picture, set } from "./page.js";
import { refusal } from "./words.js";

/** The list in the element with this id. `acts` says what its buttons do; `say` tells what became of it. */
export function list(id, { saved, products, acts, say }) {
  const place = at(id);
  const lines = new Map();

  function make(item) {
    const line = copy("line");
    const part = (selector) => line.querySelector(selector);
    const made = { line, item, input: part("input"), error: part(".error"), more: part(".more") };
    line.classList.toggle("saved", saved);
    picture(part(".tile"), products.get(item.ref?.id));
    const move = part(".move");
    move.textContent = saved ? "Move to cart" : "Save for later";
    move.dataset.says = `${move.textContent}:`;
    const tried = async (act) => {
      set(made.error, "");
      made.input.removeAttribute("aria-invalid");
      try {
        await act();
      } catch (error) {
        set(made.error, refusal(error, made.item));
        made.input.setAttribute("aria-invalid", "true");
        made.input.value = String(made.item.quantity);
      }
    };
    const by = (sign) => tried(() => {
      const step = made.item.step ?? 1;
      const next = made.item.quantity + sign * step;
      if (next < (made.item.minQuantity ?? 1)) return remove(made);
      return acts.increase(made.item.id, sign * step);
    });
    part(".less").addEventListener("click", () => by(-1));
    made.more.addEventListener("click", () => by(1));
    made.input.addEventListener("change", () => tried(() => {
      const typed = made.input.value.trim();
      if (!/^\d+$/.test(typed)) {
        made.input.value = String(made.item.quantity);
        return;
      }
      return Number(typed) === 0 ? remove(made) : acts.setQuantity(made.item.id, Number(typed));
    }));
    part(".remove").addEventListener("click", () => tried(() => remove(made)));
    move.addEventListener("click", () => tried(async () => {
      const next = neighbour(line);
      await acts.move(made.item.id);
      next().focus();
      say(saved ? `${made.item.name} moved to the cart` : `${made.item.name} saved for later`);
    }));
    return made;
  }

  /** Where the focus goes when a line goes: the next line, the one before, or the tab. */
  function neighbour(line) {
    const next = line.nextElementSibling ?? line.previousElementSibling;
    return () => (next?.isConnected ? next.querySelector("h3, button") : null) ?? at(saved ? "tab-wishlist" : "tab-cart");
  }

  async function remove({ line, item }) {
    const row = copy("removed");
    row.querySelector("p").textContent = `${item.name} removed`;
    name(row, item.name);
    const undo = row.querySelector("button");
    line.before(row);
    try {
      const putBack = await acts.remove(item.id);
      undo.focus();
      say(`${item.name} removed`);
      undo.addEventListener("click", async () => {
        await putBack();
        row.remove();
        (lines.get(item.id)?.line.querySelector("h3") ?? at(saved ? "tab-wishlist" : "tab-cart")).focus();
        say(`${item.name} is back`);
      });
    } catch (error) {
      row.remove();
      throw error;
    }
  }

  return {
    /** Shows these items. */
    draw(items, currency) {
      const there = new Set(items.map((item) => item.id));
      for (const [id, { line }] of lines) {
        if (there.has(id)) continue;
        line.remove();
        lines.delete(id);
      }
      for (const item of items) {
        let made = lines.get(item.id);
        if (!made) {
          made = make(item);
          lines.set(item.id, made);
          place.append(made.line);
        }
        made.item = item;
        name(made.line, item.name);
        set(made.line.querySelector(".each"), saved || item.quantity === 1 ? "" : `${money(item.price, currency)} each`);
        set(made.line.querySelector(".sum"), money(saved ? item.price : item.subtotal, currency));
        if (document.activeElement !== made.input || made.input.value === "") made.input.value = String(item.quantity);
        const most = Math.min(item.stock ?? Infinity, item.maxQuantity ?? Infinity);
        made.more.setAttribute("aria-disabled", String(item.quantity + (item.step ?? 1) > most));
      }
    },
    /** Forgets what was removed. */
    settle() {
      for (const row of place.querySelectorAll(".removed")) row.remove();
    },
  };
}
