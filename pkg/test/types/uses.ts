/** Uses that must compile. Nothing here runs. */
import {
  CartError,
  createCart,
  currencyExponent,
  emptySnapshot,
  formatMoney,
  localDriver,
  memoryDriver,
  sessionDriver,
} from "../../src/inline.js";
import type { AsyncCart, Cart, CartEvent, Codec, Conflicted, Kind, Notice, ScriptDriver, Snapshot, Status } from "../../src/inline.js";
import type { Command, Condition, ConditionInput, Item, ItemInput, Outcome, Rule, Totals } from "../../src/inline.js";
import { contract, referenceDriver } from "../../src/contract.js";
import { httpDriver } from "../../src/http.js";
import { CartProvider, useCart, useCartActions } from "../../src/react.js";
import { cartStore } from "../../src/svelte.js";
import { unstorageDriver } from "../../src/unstorage.js";
import { useCart as useVueCart, cartPlugin } from "../../src/vue.js";

// Drivers that answer at once give carts that do.
const cart: Cart = await createCart();
const session: Cart = await createCart({ currency: "EUR", driver: sessionDriver({ key: "cart" }), instance: "wishlist" });
const local: Cart = await createCart({ driver: localDriver() });
const memory: Cart = await createCart({ driver: memoryDriver(), rounding: "half_even", emptyCart: "preserve", ttlMs: 1000, maxItems: 5 });
const http: Cart = await createCart({ identifier: "user:42", driver: httpDriver({ url: "/api", headers: async () => ({ authorization: "Bearer x" }), onConflict: "mine" }) });
const reference: Cart = await createCart({ driver: referenceDriver() });

// Drivers that do not give carts that do not.
const kv = { load: async () => null, commit: async () => ({ done: true as const }) };
const later: AsyncCart = await createCart({ driver: kv });
const pieces: Promise<number> = later.add({ id: "a", name: "A", price: 1 });
const list: Promise<number[]> = later.add([{ id: "a", name: "A", price: "1.00" }]);
const set: Promise<number> = later.setQuantity("a", 2);
const all: Promise<{ results: Outcome[] }> = later.batch((draft) => void draft.add({ id: "a", name: "A", price: 1 }));
const total: number = later.total;
const shown: Snapshot = later.getSnapshot();
const other: AsyncCart = later.instance("wishlist");
const own: Cart = await createCart({ driver: { load: () => null, commit: () => ({ done: true }) } satisfies ScriptDriver });
const stored = await createCart({ driver: unstorageDriver({} as any, { writers: "this-process" }) });
const promise: Promise<number> = stored.increase("a");

// Commands.
const one: number = cart.add({ id: "a", name: "A", price: 1999, quantity: 2, attributes: { size: "M" }, stock: 7 });
const many: number[] = cart.add([{ id: "a", name: "A", price: "19.99" }]);
cart.setQuantity("a", 2, { where: { size: "M" } });
cart.increase("a") + cart.decrease("a", 2) + cart.update("a", { price: "5.00", delta: 1 });
const gone: boolean = cart.remove("a") && cart.clear() && cart.destroy();
const name: string = cart.addCondition({ name: "VAT", type: "tax", value: "+19%", included: true, rules: { all: [{ "subtotal-at-least": { amount: 100 } }, { not: { "day-of-week": { days: ["sun", 6], zone: "Europe/Berlin" } } }] } });
cart.addCondition({ catalogue: "SUMMER" });
cart.addCondition({ name: "x", type: "discount", value: { percent: "-10" }, target: { scope: "items", phase: "item_discount", application: "per_unit", filters: [{ field: "id", op: "in", value: ["a"] }] } }, { item: "a" });
const names: string[] = cart.addPreset("free-shipping-over", { with: { minimum: 5000 } });
cart.removeCondition("x", { item: "a" });
cart.setMetadata({ note: "x", old: null }).removed satisfies string[];
cart.reprice({ a: 1 }, { policy: "ask" }).changed[0]?.old satisfies number | undefined;
cart.checkOut({ order: "A-1", basedOn: cart.revision }).order satisfies string | undefined;
cart.move("a", "wishlist") satisfies number;
const { results, events, replayed } = cart.change({ commands: [{ do: "add", item: { id: "a", name: "A", price: 1 } }, { do: "clear" }], idempotencyKey: "k" });
const commands: Command[] = [{ do: "update", id: "a", delta: -1 }];
const rule: Rule = { any: [{ "has-item": { id: "x" } }] };

// Reading.
const snapshot: Snapshot = cart.getSnapshot();
const line: Item | undefined = cart.item("a");
line?.subtotal satisfies number | undefined;
const totals: Totals = cart.totals({ at: new Date() });
cart.breakdown()[0]?.reason === "rule_not_met";
cart.explain({ at: "2026-01-01T00:00:00Z" }).text satisfies string;
cart.conditions satisfies readonly Condition[];
const status: Status = cart.status;
const stop: () => void = cart.subscribe(() => {});
const selected = cart.select((snapshot) => snapshot.items.length);
selected.getSnapshot() satisfies number;
cart.on("cart.item.added", (event) => event.itemId satisfies string);
cart.on("cart.created", (event) => event.version satisfies number);
cart.on("cart.item.condition.removed", (event) => event.lostSavings satisfies number);
cart.on("storage", (event: Notice) => event.reason === "quota_exceeded");
cart.on("conflict", (event: Conflicted) => event.parts[0]?.theirs);
cart.on("refused", ({ error }) => error.kind satisfies Kind);
cart.on("*", (event: CartEvent) => event.type);
cart.format(1999, { locale: "de-DE" }) + formatMoney(1999, "EUR", ["de", "en"]) + currencyExponent("JPY");
const moved: AsyncCart = await cart.moveTo(kv, { existing: "add", identifier: "user:42" });
const stays: Cart = await cart.moveTo(sessionDriver());
const codec: Codec<"later"> = { encode: async (text) => text, decode: async (text) => text };
await createCart({ driver: sessionDriver({ codec }), snapshot: emptySnapshot("EUR"), catalogue: [{ key: "K", condition: { name: "n", type: "fee", value: 5 } }], provided: [{ provider: "p", slow: true }] });
try {
  cart.add({ id: "a", name: "A", price: 1 });
} catch (error) {
  if (error instanceof CartError && error.kind === "conflict") error.conflict?.changed satisfies string[] | undefined;
}

// Frameworks, and the contract.
const seen: number = useCart((cart) => cart.total);
const whole: Snapshot = useCart();
const act: Cart | undefined = useCartActions();
CartProvider({ cart: createCart(), snapshot });
const ref: Readonly<{ value: number }> = useVueCart((cart) => cart.total);
cartPlugin(createCart()).install;
cartStore(cart, (cart) => cart.items).subscribe((items) => items satisfies readonly Item[]);
for (const { name, run } of contract(() => referenceDriver(), { createCart })) void [name satisfies string, run satisfies () => Promise<void>];
