// What an order costs beside its goods: delivery and tax, by country. Amounts are in euro cents.
//
// All of it becomes conditions of the cart, so that the cart alone knows what it costs; which country and which
// delivery they stand for is kept in its metadata. A real shop keeps such a table on its server, in a catalogue
// of conditions.

/** Where the shop delivers to. The names of taxes stand in the totals, so they say their rate. */
export const COUNTRIES = [
  {
    code: "DE", name: "Germany", prices: "Prices include 19% VAT.",
    standard: 490, express: 990, freeFrom: 6000,
    taxes: [{ name: "VAT 19%", value: "+19%", included: true }],
  },
  {
    code: "FR", name: "France", prices: "Prices include 20% VAT.",
    standard: 790, express: 1490, freeFrom: 9000,
    taxes: [{ name: "VAT 20%", value: "+20%", included: true }],
  },
  {
    code: "CH", name: "Switzerland", prices: "Prices include 8.1% VAT.",
    standard: 890, express: 1690, freeFrom: 12000,
    taxes: [{ name: "VAT 8.1%", value: "+8.1%", included: true }],
  },
  {
    code: "US-NY", name: "United States, New York", prices: "Sales tax of 8.875% is added in the cart.",
    standard: 1490, express: 2990, freeFrom: 15000,
    taxes: [{ name: "Sales tax 8.875%", value: "+8.875%" }],
  },
  {
    // QST is reckoned on top of GST here, as it was until 2013: the table needs one tax on a tax.
    code: "CA-QC", name: "Canada, Québec", prices: "GST and QST are added in the cart.",
    standard: 1490, express: 2990, freeFrom: 15000,
    taxes: [{ name: "GST 5%", value: "+5%" }, { name: "QST 9.975%", value: "+9.975%", order: 1, compoundOn: ["GST 5%"] }],
  },
];

/** The ways to deliver. */
export const DELIVERIES = [
  { code: "standard", name: "Standard", days: "two to four days" },
  { code: "express", name: "Express", days: "tomorrow" },
];

/** What holds until the visitor chooses. */
export const FIRST_CHOICE = { country: "DE", delivery: "standard" };

/** The country with this code, or the first. */
export const country = (code) => COUNTRIES.find((known) => known.code === code) ?? COUNTRIES[0];

/** What the cart says was chosen, or else `otherwise`. */
export function chosen(metadata, otherwise) {
  const known = (list, code) => list.some((entry) => entry.code === code);
  return {
    country: known(COUNTRIES, metadata.country) ? metadata.country : otherwise.country,
    delivery: known(DELIVERIES, metadata.delivery) ? metadata.delivery : otherwise.delivery,
  };
}

/** The commands that put these terms into a cart, in the place of whatever terms it had. */
export function commands({ country: code, delivery }) {
  const terms = country(code);
  const express = delivery === "express";
  const list = [
    { do: "removeConditionsByType", type: "tax" },
    { do: "removeConditionsByType", type: "shipping" },
    {
      do: "addPreset", preset: "flat-shipping", name: express ? "Express delivery" : "Standard delivery",
      with: { amount: express ? terms.express : terms.standard },
    },
  ];
  if (!express) list.push({ do: "addPreset", preset: "free-shipping-over", name: "Free delivery", with: { minimum: terms.freeFrom } });
  for (const tax of terms.taxes) list.push({ do: "addCondition", condition: { type: "tax", ...tax } });
  list.push({ do: "setMetadata", values: { country: code, delivery } });
  return list;
}
