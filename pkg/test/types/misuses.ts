/** Misuses that must not compile: each is preceded by the word that says so, and the word itself is an error where none follows. */
import { createCart, localDriver, sessionDriver } from "../../src/inline.js";
import { httpDriver } from "../../src/http.js";
import { useCart } from "../../src/react.js";
import { unstorageDriver } from "../../src/unstorage.js";

const cart = await createCart();
const later = await createCart({ driver: { load: async () => null, commit: async () => ({ done: true as const }) } });

// @ts-expect-error an option that there is not
await createCart({ curency: "EUR" });
// @ts-expect-error no rounding mode
await createCart({ rounding: "up" });
// @ts-expect-error no driver
await createCart({ driver: {} });
// @ts-expect-error a driver that cannot write
await createCart({ driver: { load: () => null } });
// @ts-expect-error neither done nor a conflict
await createCart({ driver: { load: () => null, commit: () => ({ ok: true }) } });
// @ts-expect-error no price
cart.add({ id: "a", name: "A" });
// @ts-expect-error a price is a number or a text
cart.add({ id: "a", name: "A", price: null });
// @ts-expect-error a field that there is not
cart.add({ id: "a", name: "A", price: 1, colour: "red" });
// @ts-expect-error an id is a text
cart.setQuantity(7, 1);
// @ts-expect-error a quantity is a number
cart.setQuantity("a", "2");
// @ts-expect-error no type
cart.addCondition({ name: "VAT", value: "+19%" });
// @ts-expect-error no rule of that name
cart.addCondition({ name: "VAT", type: "tax", value: "+19%", rules: { "subtotal-atleast": { amount: 1 } } });
// @ts-expect-error the rule's parameter has another name
cart.addCondition({ name: "VAT", type: "tax", value: "+19%", rules: { "subtotal-at-least": { min: 1 } } });
// @ts-expect-error no preset of that name
cart.addPreset("free-lunch");
// @ts-expect-error no command of that name
cart.change({ commands: [{ do: "explode" }] });
// @ts-expect-error a command without what it takes
cart.change({ commands: [{ do: "move", id: "a" }] });
// @ts-expect-error no policy
cart.reprice({ a: 1 }, { policy: "guess" });
// @ts-expect-error totals are computed, not set
cart.total = 5;
// @ts-expect-error a snapshot is frozen
cart.items.push({ id: "a", name: "A", price: 1, quantity: 1, subtotal: 1 });
// @ts-expect-error no event of that type
cart.on("cart.exploded", () => {});
// @ts-expect-error no such field in events of this type
cart.on("cart.created", (event) => event.itemId);
// @ts-expect-error a promise is no number
later.add({ id: "a", name: "A", price: 1 }) + 1;
// @ts-expect-error a promise is no number
const pieces: number = later.setQuantity("a", 1);
// @ts-expect-error the draft answers nothing that could be waited for
later.batch(async (draft) => draft.nothing());
// @ts-expect-error no way to open a cart
await cart.moveTo("session");
// @ts-expect-error what happens there is one of three
await cart.moveTo(sessionDriver(), { existing: "merge" });
// @ts-expect-error tabs cannot wait
localDriver({ codec: { encode: async (text: string) => text, decode: async (text: string) => text } });
// @ts-expect-error no address
httpDriver({});
// @ts-expect-error it must be said who writes
unstorageDriver({} as any);
// @ts-expect-error of what is picked, only what is picked
useCart((cart) => cart.total).items;
// @ts-expect-error no such part
useCart((cart) => cart.sum);
