// The coupons of the shop. Each is one condition under the coupon's own code, so a cart may hold several, and
// which of them count is the cart's business: of the group "coupon" only the best one does.

const COUPONS = new Map([
  ["WELCOME10", {
    says: "10% off everything",
    command: { do: "addCondition", condition: { name: "WELCOME10", type: "discount", value: "-10%", group: "coupon", groupRule: "best" } },
  }],
  ["TENNER", {
    says: "10 off when the goods cost 60 or more",
    command: { do: "addCondition", condition: { name: "TENNER", type: "discount", value: "-10.00", rules: { "subtotal-at-least": { amount: 6000 } }, group: "coupon", groupRule: "best" } },
  }],
  ["BOOKS20", {
    says: "20% off books",
    command: { do: "addPreset", preset: "item-percentage", name: "BOOKS20", with: { percent: "20", items: "attributes.category=books" } },
  }],
  ["THREEFORTWO", {
    says: "three for two on paper goods",
    command: { do: "addPreset", preset: "buy-x-get-y", name: "THREEFORTWO", with: { buy: 2, get: 1, items: "attributes.category=paper" } },
  }],
]);

/** The coupon with this code, however it was typed: `{code, says, command}`, or nothing. */
export function find(typed) {
  const code = typed.trim().toUpperCase();
  const coupon = COUPONS.get(code);
  return coupon && { code, ...coupon };
}

/** The conditions of a cart that are coupons. */
export const ofCart = (conditions) => conditions.filter((condition) => COUPONS.has(condition.name));
