// The drawer: opened by the buttons of the header, closed by Escape, by its cross, or by a click beside it. It
// is a modal dialog, so the browser keeps the focus inside and gives it back to where it came from.

import { at } from "./page.js";

const tabs = ["cart", "wishlist"];

/** Opens the drawer at one of its tabs. */
export function open(tab) {
  show(tab);
  at("drawer").showModal();
  at(`panel-${tab}`).scrollTop = 0;
}

/** Closes it. */
export const close = () => at("drawer").close();

function show(tab) {
  for (const each of tabs) {
    const chosen = each === tab;
    at(`tab-${each}`).setAttribute("aria-selected", String(chosen));
    at(`tab-${each}`).tabIndex = chosen ? 0 : -1;
    at(`panel-${each}`).hidden = !chosen;
  }
}

/** Connects the buttons that open, switch and close it; `closed` is called after it closed. */
export function connect(closed) {
  for (const tab of tabs) {
    at(`open-${tab}`).addEventListener("click", () => open(tab));
    at(`tab-${tab}`).addEventListener("click", () => show(tab));
    at(`tab-${tab}`).addEventListener("keydown", (event) => {
      if (!["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
      event.preventDefault();
      const next = event.key === "Home" ? tabs[0] : event.key === "End" ? tabs.at(-1) : tabs.find((each) => each !== tab);
      show(next);
      at(`tab-${next}`).focus();
    });
  }
  at("close-drawer").addEventListener("click", close);
  at("drawer").addEventListener("close", closed);
  for (const dialog of document.querySelectorAll("dialog")) {
    for (const button of dialog.querySelectorAll("[data-closes]")) button.addEventListener("click", () => dialog.close());
    // A click on the dialog itself, and on nothing in it, is one on the shade beside it.
    dialog.addEventListener("click", (event) => {
      if (event.target !== dialog) return;
      const box = dialog.getBoundingClientRect();
      const inside = event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside) dialog.close();
    });
  }
}
