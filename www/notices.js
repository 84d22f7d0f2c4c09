// What the page says by itself: short news that go away, notices that stay until they are closed, and how
// things stand with the server.
//
// Everything outside an open dialog is silent to screen readers, so while the drawer is open news are said
// inside it; there they need no box of their own, because what they tell is to be seen beside them.

import { at, copy, set } from "./page.js";

const SHOWN_MS = 6000;
let over;

/** Says a piece of news, maybe with something to do about it: `{label, act}`. */
export function say(text, todo) {
  quiet();
  if (at("drawer").open) {
    // The same words twice are news twice only if they were gone in between.
    requestAnimationFrame(() => set(at("drawer-news"), text));
    return;
  }
  const toast = copy("toast");
  toast.querySelector("p").textContent = text;
  const button = toast.querySelector("button");
  if (todo) {
    button.textContent = todo.label;
    button.hidden = false;
    button.addEventListener("click", () => {
      quiet();
      todo.act();
    });
  }
  at("toasts").append(toast);
  // It does not go away from under a pointer, nor while it has the focus.
  const later = () => {
    over = setTimeout(() => (toast.matches(":hover, :focus-within") ? later() : toast.remove()), SHOWN_MS);
  };
  later();
}

/** Takes the news away. */
export function quiet() {
  clearTimeout(over);
  at("toasts").replaceChildren();
  set(at("drawer-news"), "");
}

/** Puts a notice on the page, unless it stands there already. */
export function notice(text) {
  if ([...at("notices").querySelectorAll("p")].some((told) => told.textContent === text)) return;
  const box = copy("notice");
  box.querySelector("p").textContent = text;
  box.querySelector("button").addEventListener("click", () => {
    box.remove();
    at("products").focus();
  });
  at("notices").append(box);
}

/** Takes every notice away: what they told of is over. */
export function forgive() {
  at("notices").replaceChildren();
}

/** Shows how things stand with the server. */
export function standing(text) {
  for (const id of ["top-state", "state"]) set(at(id), text);
}
