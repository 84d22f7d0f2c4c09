// For browsers: the cart is kept in the tab, and the page shows its total, or why there is none.
import { createCart, sessionDriver } from "pushcart";

const out = document.body.appendChild(document.createElement("output"));
try {
  const cart = await createCart({ currency: "USD", driver: sessionDriver() });
  if (cart.isEmpty) {
    cart.add({ id: "tee-m", name: "T-shirt", price: 1999, quantity: 2 });
    cart.addCondition({ name: "Welcome", type: "discount", value: "-10%" });
    cart.addCondition({ name: "VAT", type: "tax", value: "+19%" });
  }
  out.textContent = String(cart.totals().total);
} catch (error) {
  out.textContent = `${error.name} ${error.kind} ${error.reason}: ${error.message}`;
}
