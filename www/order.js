// From the lines to the order: coupons, country and delivery, and checking out.

import * as coupons from "./coupons.js";
import { money } from "./money.js";
import { at, element, set } from "./page.js";
import * as terms from "./terms.js";
import { refusal } from "./words.js";

/** Connects the forms to the shop; `say` tells what became of them. */
export function connect(shop, say) {
  at("country").append(...terms.COUNTRIES.map(({ code, name }) => new Option(name, code)));
  at("country").addEventListener("change", (event) => choose(shop, { country: event.target.value }, say));
  for (const { code, name, days } of terms.DELIVERIES) {
    const label = element("label", "", "choice");
    const input = Object.assign(document.createElement("input"), { type: "radio", name: "delivery", value: code });
    const said = element("span", name);
    said.append(element("small", days));
    label.append(input, said, element("span", "", "amount"));
    at("shipping").append(label);
    input.addEventListener("change", () => choose(shop, { delivery: code }, say));
  }

  at("coupon-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const field = at("coupon");
    const typed = field.value.trim();
    const complain = (text) => {
      set(at("coupon-error"), text);
      field.toggleAttribute("aria-invalid", text !== "");
      if (text !== "") {
        field.setAttribute("aria-invalid", "true");
        field.focus();
      }
    };
    if (typed === "") return complain("Type the code of your coupon.");
    try {
      if (!(await shop.redeem(typed))) return complain(`There is no coupon “${typed}”. Is it spelled right?`);
      complain("");
      field.value = "";
      say(`${coupons.find(typed).code}: ${coupons.find(typed).says}. Total ${money(shop.shown.total)}`);
    } catch (error) {
      complain(refusal(error));
    }
  });

  at("pay").addEventListener("submit", async (event) => {
    event.preventDefault();
    set(at("pay-error"), "");
    try {
      await shop.checkOut();
      at("thanks-title").focus();
    } catch (error) {
      set(at("pay-error"), refusal(error));
    }
  });
}

async function choose(shop, choice, say) {
  set(at("pay-error"), "");
  try {
    await shop.choose(choice);
    if (shop.shown.lines > 0) say(`Total ${money(shop.shown.total)}`);
  } catch (error) {
    set(at("pay-error"), refusal(error));
  }
}

/** Shows what was chosen, what it costs and which coupons are in use. */
export function draw(shop) {
  const { totals, conditions } = shop.shown;
  const choice = shop.choice;
  const held = terms.country(choice.country);
  const missing = held.freeFrom - totals.subtotalWithoutConditions;

  at("country").value = choice.country;
  set(at("price-note"), `${held.prices} Delivered in two to four days.`);
  for (const label of at("shipping").querySelectorAll("label")) {
    const input = label.querySelector("input");
    const free = input.value === "standard" && missing <= 0;
    input.checked = input.value === choice.delivery;
    set(label.querySelector(".amount"), free ? "free" : money(held[input.value]));
  }
  set(at("free-text"), missing > 0 ? `${money(missing)} more, and standard delivery is free` : "Standard delivery is free for this order");
  at("free-progress").value = Math.min(1, totals.subtotalWithoutConditions / held.freeFrom);

  const applied = new Map(totals.breakdown.map((entry) => [entry.name, entry]));
  at("coupons").replaceChildren(...coupons.ofCart(conditions).map(({ name }) => {
    const idle = applied.get(name)?.applied !== true;
    const chip = element("li", "", idle ? "chip idle" : "chip");
    chip.append(element("span", idle ? `${name}: ${why(applied.get(name), name)}` : name));
    const button = element("button", "×");
    button.type = "button";
    button.setAttribute("aria-label", `Remove coupon ${name}`);
    button.addEventListener("click", async () => {
      await shop.dropCoupon(name);
      at("coupon").focus();
    });
    chip.append(button);
    return chip;
  }));
}

/** Why a coupon does nothing. */
function why(entry, name) {
  switch (entry?.reason) {
    case "group": return "another coupon saves more";
    case "no_match":
    case "rule_not_met": return `not yet: ${coupons.find(name).says}`;
    default: return "not in use";
  }
}
