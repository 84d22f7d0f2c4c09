// The visitor's cart and wishlist, and everything that can be done with them.
//
// A guest's cart is kept by the browser and every change is done at once. Who is signed in has theirs on the
// server: a change shows at once too, and is sent. Both are the same class of the package, so below `open`
// nothing asks which it is; `await` waits where there is something to wait for.

import { createCart, localDriver, sessionDriver } from "./pushcart/dist/browser.js";
import * as coupons from "./coupons.js";
import { CURRENCY } from "./money.js";
import * as terms from "./terms.js";
import * as visit from "./visit.js";

/** The carts that a visitor has. */
const INSTANCES = ["default", "wishlist"];

/** What an item of a request may have; what else a cart says of its lines is its own reckoning. */
const ITEM_FIELDS = ["id", "name", "price", "quantity", "attributes", "conditions", "minQuantity", "maxQuantity", "step", "stock", "ref"];

const asInput = (line) => Object.fromEntries(ITEM_FIELDS.filter((field) => line[field] !== undefined).map((field) => [field, line[field]]));

export class Shop {
  /** The address of the server that keeps carts, or null where there is none: then the browser does. */
  server;
  /** The name of who is signed in, or null. */
  user;
  /** Whether a guest's cart stays on this device when the tab closes. */
  keeps = visit.keeps();
  cart;
  wishlist;
  #choice = terms.FIRST_CHOICE;
  #watchers = new Set();
  #hear;
  #stops = [];

  /** Opens the visitor's cart. `server` is the address of one that keeps carts, or null; `hear` is told what became of keeping it. */
  static async open(server, hear) {
    const shop = new Shop(server, hear);
    const { user } = shop;
    shop.#take(await (user === null ? shop.#open(shop.#guestsDriver()) : shop.#usersCart(user)));
    return shop;
  }

  constructor(server, hear) {
    this.server = server;
    this.#hear = hear;
    this.user = server === null ? null : visit.user();
  }

  #open(driver, identifier) {
    return createCart({ currency: CURRENCY, driver, identifier });
  }

  #guestsDriver() {
    return this.keeps ? localDriver() : sessionDriver();
  }

  /** A user's cart, on the server. Guests need not load what speaks with it. */
  async #usersCart(name) {
    const { httpDriver } = await import("./pushcart/dist/http.js");
    return this.#open(httpDriver({ url: this.server }), `user:${name}`);
  }

  /** Makes this cart the one that is shown. */
  #take(cart) {
    for (const stop of this.#stops) stop();
    this.cart = cart;
    this.wishlist = cart.instance(INSTANCES[1]);
    const changed = () => this.#changed();
    this.#stops = [
      cart.subscribe(changed),
      this.wishlist.subscribe(changed),
      ...["storage", "refused", "conflict"].map((type) => cart.on(type, (event) => this.#hear(event))),
    ];
    this.#changed();
  }

  /** Calls `watcher` now and whenever anything that can be seen has changed. */
  watch(watcher) {
    this.#watchers.add(watcher);
    watcher();
  }

  #changed() {
    for (const watcher of this.#watchers) watcher();
  }

  /** The cart as it is now. */
  get shown() {
    return this.cart.getSnapshot();
  }

  /** The country and the delivery that hold. */
  get choice() {
    return terms.chosen(this.shown.metadata, this.#choice);
  }

  /** Adds an item. The first one brings the terms along, in the same change. */
  async add(item) {
    await this.#begin([{ do: "add", item }]);
  }

  /** Commands that put lines into the cart, and the terms with them where the cart has none yet. */
  async #begin(commands) {
    const { checkedOutAt, metadata } = this.shown;
    const open = checkedOutAt === undefined && metadata.country !== undefined;
    await this.cart.change({ commands: open ? commands : [...commands, ...terms.commands(this.choice)] });
  }

  async setQuantity(id, quantity) {
    await this.cart.setQuantity(id, quantity);
  }

  async increase(id, by) {
    await this.cart.increase(id, by);
  }

  /** Removes a line of the cart or the wishlist. What it gives back puts everything as it was. */
  async remove(id, from = this.cart) {
    const { items, conditions, metadata } = from.getSnapshot();
    const line = items.find((item) => item.id === id);
    await from.remove(id);
    return async () => {
      const commands = [{ do: "add", item: asInput(line) }];
      // The last line took the cart with it: coupons and choices come back too.
      if (!from.getSnapshot().exists) {
        for (const condition of conditions) commands.push({ do: "addCondition", condition });
        if (Object.keys(metadata).length > 0) commands.push({ do: "setMetadata", values: metadata });
      }
      await from.change({ commands });
    };
  }

  /** Whether the wishlist has this item. */
  wishes(id) {
    return this.wishlist.has(id);
  }

  /** Puts an item on the wishlist, or takes it off. */
  async wish(item) {
    if (this.wishes(item.id)) await this.wishlist.remove(item.id);
    else await this.wishlist.add(item);
  }

  /** Moves a line from the cart to the wishlist. */
  async save(id) {
    await this.cart.move(id, INSTANCES[1]);
  }

  /** Moves a line from the wishlist to the cart. */
  async take(id) {
    await this.wishlist.move(id, this.cart.instanceName);
    if (this.shown.metadata.country === undefined) await this.#begin([]);
  }

  /** Chooses a country or a way to deliver. */
  async choose(choice) {
    const chosen = { ...this.choice, ...choice };
    this.#choice = chosen;
    if (this.shown.exists) await this.cart.change({ commands: terms.commands(chosen) });
    else this.#changed();
  }

  /** Puts a coupon into the cart; false when there is none with this code. */
  async redeem(typed) {
    const coupon = coupons.find(typed);
    if (!coupon) return false;
    await this.cart.change({ commands: [coupon.command] });
    return true;
  }

  async dropCoupon(code) {
    await this.cart.removeCondition(code);
  }

  /** Orders what is in the cart, exactly as it is shown. */
  async checkOut() {
    const order = `A-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36).toUpperCase().padStart(7, "0")}`;
    const commands = [{ do: "setMetadata", values: { order } }, { do: "checkOut", order }];
    await this.cart.change({ commands, basedOn: this.shown.revision });
  }

  /** Keeps a guest's cart on this device, or in this tab only. */
  async keep(keep) {
    await this.cart.moveTo(keep ? localDriver() : sessionDriver(), { existing: "add" });
    this.keeps = keep;
    visit.rememberKeeping(keep);
    this.#take(this.cart);
  }

  /** Signs in. What the guest had joins what the user has; asked twice, it joins once. */
  async signIn(name) {
    const { choice } = this;
    const guests = this.cart;
    const users = await this.#usersCart(name);
    if (users.status === "offline") {
      users.close();
      throw users.trouble;
    }
    for (const instance of INSTANCES) {
      const { items, conditions, revision, checkedOutAt } = guests.instance(instance).getSnapshot();
      if (items.length === 0 || checkedOutAt !== undefined) continue;
      const commands = items.map((line) => ({ do: "add", item: asInput(line) }));
      if (instance === "default") {
        for (const condition of coupons.ofCart(conditions)) commands.push({ do: "addCondition", condition });
        // Both may have terms; the order goes where the guest was about to send it.
        commands.push(...terms.commands(choice));
      }
      await users.instance(instance).change({ commands, idempotencyKey: `guest:${revision}` });
    }
    // Until the server has it all, the guest's carts stay as they are.
    await users.saved();
    this.user = name;
    visit.rememberUser(name);
    this.#take(users);
    for (const instance of INSTANCES) await guests.instance(instance).destroy();
    guests.close();
  }

  /** Signs out: the user's cart stays on the server, the guest begins with an empty one. */
  async signOut() {
    const users = this.cart;
    this.user = null;
    visit.rememberUser(null);
    this.#take(await this.#open(this.#guestsDriver()));
    users.close();
  }
}
