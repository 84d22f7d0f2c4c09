// The five lines that stand first in the package's description, with a discount.
import { createCart, memoryDriver } from "pushcart";

export async function total() {
  const cart = await createCart({ currency: "USD", driver: memoryDriver() });
  cart.add({ id: "tee-m", name: "T-shirt", price: 1999, quantity: 2 });
  cart.addCondition({ name: "Welcome", type: "discount", value: "-10%" });
  cart.addCondition({ name: "VAT", type: "tax", value: "+19%" });
  return cart.totals().total;
}
