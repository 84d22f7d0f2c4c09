"use client";
// A cart in the tab, opened after the page is there.
import { createCart, sessionDriver } from "pushcart";
import { useEffect, useState } from "react";

export default function Page() {
  const [total, setTotal] = useState();
  useEffect(() => {
    createCart({ currency: "USD", driver: sessionDriver() }).then(
      (cart) => {
        if (cart.isEmpty) {
          cart.add({ id: "tee-m", name: "T-shirt", price: 1999, quantity: 2 });
          cart.addCondition({ name: "Welcome", type: "discount", value: "-10%" });
          cart.addCondition({ name: "VAT", type: "tax", value: "+19%" });
        }
        setTotal(cart.total);
      },
      (error) => setTotal(String(error)),
    );
  }, []);
  return total === undefined ? null : <output>{total}</output>;
}
