// What the cart costs, and why: the sums, and behind "Why this price?" every step that led to them.

import { change, money } from "./money.js";
import { at, element, set } from "./page.js";
import { step } from "./words.js";

/** Shows the totals of a cart; `explain` is asked only while somebody looks at the explanation. */
export function draw(totals, explain) {
  const { currency } = totals;
  const rows = [["Goods", money(totals.subtotalWithoutConditions, currency)]];
  if (totals.discount !== 0) rows.push(["Discounts", change(-totals.discount, currency)]);
  rows.push(["Delivery", totals.shipping === 0 ? "free" : money(totals.shipping, currency)]);
  for (const entry of totals.breakdown) {
    if (!entry.applied || entry.type !== "tax") continue;
    if (entry.included) rows.push([`of which ${entry.name}`, money(entry.amount, currency), "aside"]);
    else rows.push([entry.name, money(entry.amount, currency)]);
  }
  at("totals").replaceChildren(...rows.map(([name, amount, className]) => {
    const row = element("div", "", className);
    row.append(element("dt", name), element("dd", amount, "amount"));
    return row;
  }));
  set(at("grand-total"), money(totals.total, currency));
  set(at("tax-note"), totals.taxIncluded > 0 ? "with VAT" : "");
  if (at("why").open) steps(explain());
}

/** Shows every step of an explanation. */
export function steps(explanation) {
  const { currency } = explanation;
  const row = (name, amount, said, className) => {
    const row = element("li", "", className);
    row.append(element("span", name), element("span", amount, "amount"));
    if (said) row.append(element("small", said));
    return row;
  };
  at("steps").replaceChildren(
    row("Goods", money(explanation.subtotalWithoutConditions, currency)),
    ...explanation.steps.map((entry) => {
      const name = entry.item ? `${entry.name}, on ${entry.item}` : entry.name;
      if (!entry.applied) return row(name, "", step(entry), "idle");
      return entry.included
        ? row(name, `(${money(entry.amount, currency)})`, step(entry))
        : row(name, change(entry.amount, currency), step(entry));
    }),
    row("Total", money(explanation.total, currency), "", "sum"),
  );
}
