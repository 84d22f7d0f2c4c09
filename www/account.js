// Signing in and out. There is no password: the server that `pushcart serve` starts trusts its own machine.

import { at, set } from "./page.js";
import { refusal } from "./words.js";

/** Connects the sheet to the shop; `say` tells what became of it. */
export function connect(shop, say) {
  const sheet = at("account");
  at("open-account").addEventListener("click", () => {
    draw(shop);
    complain("");
    sheet.showModal();
  });
  at("sign-in").addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = at("account-do");
    if (button.getAttribute("aria-disabled") === "true") return;
    const name = at("name").value.trim();
    if (!shop.user && name === "") return complain("Type a name, any name.");
    button.setAttribute("aria-disabled", "true");
    set(button, "One moment…");
    complain("");
    try {
      if (shop.user) {
        await shop.signOut();
        sheet.close();
        say("Signed out. Your cart stays on the server.");
      } else {
        await shop.signIn(name);
        at("name").value = "";
        sheet.close();
        say(`Signed in as ${name}`);
      }
    } catch (error) {
      complain(refusal(error));
    } finally {
      button.removeAttribute("aria-disabled");
      draw(shop);
    }
  });
}

function complain(text) {
  set(at("account-error"), text);
  if (text === "") at("name").removeAttribute("aria-invalid");
  else at("name").setAttribute("aria-invalid", "true");
}

/** Shows who is here, and what signing in would do. */
export function draw(shop) {
  set(at("account-name"), shop.user ?? "Guest");
  set(at("account-said"), `${shop.user ?? "Guest"}, account`);
  set(at("account-title"), shop.user ? `Signed in as ${shop.user}` : "Sign in");
  if (at("account-do").getAttribute("aria-disabled") !== "true") set(at("account-do"), shop.user ? "Sign out" : "Sign in");
  at("account-do").hidden = shop.server === null;
  at("account-fields").hidden = shop.user !== null || shop.server === null;
  set(at("account-text"), shop.server === null
    ? "This copy of the shop is made of static files alone, so there is no server that could keep your cart. It stays in this browser. Start the shop with “pushcart serve” to sign in."
    : shop.user
      ? "Your cart is kept on the server, and is the same in every tab and browser where you sign in under this name."
      : "With a name your cart is kept on the server. What is in your cart now comes along. There is no password: this server serves this machine alone.");
}
