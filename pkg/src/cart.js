/**
 * @import { Item, Condition, Explanation, Totals, Outcome, Command } from "./wire.js"
 * @import { CartEvent, CartEvents, CartOf, Changed, ChangeRequest, CreateOptions, Definition, Driver, MoveOptions, Provided, Selected, Settings } from "./types.js"
 * @import { Hand } from "../wasm/pushcart.js"
 * @import { Snapshot } from "./snapshot.js"
 */
import { Commands } from "./commands.js";
import { CartError, invalid, shown } from "./errors.js";
import { Home, TIMER_MAX_MS, alone } from "./home.js";
import { isPromise, share, then, toJson } from "./json.js";
import { memoryDriver } from "./memory.js";
import { formatMoney } from "./money.js";
import { emptySnapshot, snapshotOf } from "./snapshot.js";

/**
 * One cart of one shopper: change it, read it, be told when it changed.
 *
 * Reading is always synchronous. Changing answers at once where the driver does, and with a promise where it does not;
 * the types say which. Amounts are whole minor units of the cart's currency.
 */
export class Cart extends Commands {
  /** @type {Home} */
  #home;
  /** @type {Hand} */
  #hand;
  /** @type {Set<() => void>} */
  #listeners = new Set();
  /** @type {Map<string, Set<(event: any) => void>>} */
  #handlers = new Map();
  /** @type {Snapshot | undefined} */
  #shot;
  /** The stamp of `#shot`, and of what was last told. */
  #shotStamp = -1;
  #toldStamp = -1;
  #toldStatus = "";
  /** When time alone may make `#shot` wrong. @type {number | undefined} */
  #until;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {Snapshot} */
  #server;

  /**
   * @internal
   * @param {Home} home
   * @param {string} instance
   * @param {Snapshot} [snapshot]
   */
  constructor(home, instance, snapshot) {
    super((commands, pick, rest) => this.#run(commands, pick, rest));
    /** Which cart of the shopper's this is: `default`, `wishlist`, … */
    this.instanceName = instance;
    this.#home = home;
    this.#hand = home.hand(instance);
    this.#server = snapshot ?? emptySnapshot(home.settings.currency);
    home.carts.set(instance, this);
  }

  // Changing ---------------------------------------------------------------------------------------------------------

  // The three that a shopper's finger waits for take a short cut: a name and a number go to the core, a number comes back.
  // It gives way to the long way when somebody wants to know more than the outcome.

  /** @type {Commands["setQuantity"]} */
  setQuantity(id, quantity, which) {
    if (this.#home.quick && !which && plain(id) && typeof quantity == "number") {
      let left;
      try {
        left = this.#hand.setQuantity(id, quantity);
      } catch (thrown) {
        return this.#again(thrown, () => this.#hand.setQuantity(id, quantity));
      }
      if (this.#home.busy) this.#home.touched();
      return left;
    }
    return super.setQuantity(id, quantity, which);
  }

  /** @type {Commands["increase"]} */
  increase(id, by = 1, which) {
    if (this.#home.quick && !which && plain(id) && typeof by == "number") {
      let left;
      try {
        left = this.#hand.increase(id, by);
      } catch (thrown) {
        return this.#again(thrown, () => this.#hand.increase(id, by));
      }
      if (this.#home.busy) this.#home.touched();
      return left;
    }
    return super.increase(id, by, which);
  }

  /** @type {Commands["remove"]} */
  remove(id, which) {
    if (this.#home.quick && !which && plain(id)) {
      let removed;
      try {
        removed = this.#hand.remove(id);
      } catch (thrown) {
        return this.#again(thrown, () => this.#hand.remove(id));
      }
      if (this.#home.busy) this.#home.touched();
      return removed;
    }
    return super.remove(id, which);
  }

  /**
   * The rest of a short cut that did not go through.
   * @template T
   * @param {unknown} thrown
   * @param {() => T} f
   * @returns {T}
   */
  #again(thrown, f) {
    const value = this.#home.again(thrown, f);
    if (this.#home.busy) this.#home.touched();
    return value;
  }

  /**
   * Makes a list of changes, all or none, as they cross every other wire.
   *
   * With `basedOn` the change is refused (`conflict`) when the cart is not that revision any more. With `idempotencyKey` it is
   * made once, however often it is asked for.
   * @param {ChangeRequest} request
   * @returns {Omit<Changed, "cart">} what happened, and what came of each command
   */
  change(request) {
    return /** @type {any} */ (this.#home.change(this.instanceName, this.#hand, toJson(request)));
  }

  /**
   * Makes the changes that `f` asks for as one: all or none, one version, one save, one call of each listener.
   * @param {(draft: Commands) => void} f is handed what looks like the cart; its methods answer nothing yet
   * @param {{basedOn?: string, idempotencyKey?: string}} [options]
   * @returns {Omit<Changed, "cart">}
   */
  batch(f, options) {
    /** @type {Command[]} */
    const commands = [];
    let based = {};
    const draft = new Commands((more, _, rest) => {
      commands.push(...more);
      if (rest?.basedOn) based = rest;
      return /** @type {any} */ (undefined);
    });
    if (isPromise(f(draft))) throw invalid("expected a function that returns at once, found one that returns a promise: ask for what it waits for before the batch");
    if (commands.some((command) => command.do == "checkOut")) based = { basedOn: this.#basis(), ...based };
    return this.change({ ...based, ...options, commands });
  }

  /** @type {import("./commands.js").Run} */
  #run(commands, pick, rest) {
    if (rest && !rest.basedOn) rest = { basedOn: this.#basis() };
    /** @param {any} error @returns {never} */
    const refuse = (error) => {
      // The caller wrote no list.
      if (error instanceof CartError && commands.length == 1) error.path = error.path.replace(/^commands\[0\]\.?/, "");
      throw error;
    };
    try {
      const answer = this.change({ commands, ...rest });
      return /** @type {any} */ (
        isPromise(answer) ? answer.then((answer) => pick(answer.results), refuse) : pick(/** @type {Changed} */ (answer).results)
      );
    } catch (error) {
      return refuse(error);
    }
  }

  #basis() {
    return this.revision ?? "absent";
  }

  // Reading ----------------------------------------------------------------------------------------------------------

  /** Whether there is a cart: there is one from its first change on. */
  get exists() {
    return this.#hand.exists();
  }

  /** What it costs, in minor units. */
  get total() {
    const shown = this.#home.shown?.(this.instanceName);
    if (shown) return shown.total;
    try {
      return this.#hand.total();
    } catch (thrown) {
      return this.#home.again(thrown, () => this.#hand.total());
    }
  }

  /** How many pieces it holds. */
  get quantity() {
    return this.#hand.quantity();
  }

  /** How many lines it has. */
  get lines() {
    return this.#hand.lines();
  }

  /** Whether it has no lines. */
  get isEmpty() {
    return !this.lines;
  }

  /** 1 when the cart began, and one more with each change; 0 when there is none. */
  get version() {
    return this.#hand.version();
  }

  /** `INCARNATION.VERSION`: exactly this state; what `basedOn` takes. */
  get revision() {
    return this.#hand.revision();
  }

  /** ISO 4217. */
  get currency() {
    return this.getSnapshot().currency;
  }

  /** The lines, in order of insertion. @returns {readonly Item[]} */
  get items() {
    return this.getSnapshot().items;
  }

  /**
   * The line with this id, if there is one.
   * @param {string} id
   */
  item(id) {
    return this.items.find((item) => item.id === id);
  }

  /**
   * Whether there is a line with this id.
   * @param {string} id
   */
  has(id) {
    return this.item(id) !== undefined;
  }

  /** The conditions on the cart. @returns {readonly Condition[]} */
  get conditions() {
    return this.getSnapshot().conditions;
  }

  /** @returns {Readonly<Record<string, any>>} */
  get metadata() {
    return this.getSnapshot().metadata;
  }

  /** How far what is shown has come. */
  get status() {
    return this.#home.status();
  }

  /** How many changes are on their way to where they are kept. */
  get pending() {
    return this.#home.opened.pending?.() ?? 0;
  }

  /** What stands in the way of keeping the cart; `undefined` when nothing does. */
  get trouble() {
    return this.#home.trouble;
  }

  /**
   * What it costs, with the breakdown that explains it.
   * @param {{at?: Date | number | string}} [options] `at`: as it would be at another time
   * @returns {Totals}
   */
  totals({ at } = {}) {
    if (at === undefined) return this.getSnapshot().totals;
    const atMs = moment(at);
    return JSON.parse(/** @type {string} */ (this.#home.call(() => this.#hand.totals(atMs), atMs)));
  }

  /** Each condition with its base, its exact and its rounded amount, or why it does not apply. */
  breakdown() {
    return this.totals().breakdown;
  }

  /**
   * Why it costs what it costs, step by step, as data and in words.
   * @param {{at?: Date | number | string}} [options]
   * @returns {Explanation}
   */
  explain({ at } = {}) {
    const atMs = at === undefined ? undefined : moment(at);
    return JSON.parse(/** @type {string} */ (this.#home.call(() => this.#hand.explain(atMs), atMs)));
  }

  /**
   * An amount as people read it.
   * @param {number} [minor] minor units; the total when left out
   * @param {{locale?: string | string[]}} [options] left out, the host's own
   */
  format(minor = this.total, { locale } = {}) {
    return formatMoney(minor, this.currency, locale);
  }

  /** The names of the shopper's carts on this driver that are in hand. @returns {string[]} */
  instances() {
    return JSON.parse(this.#home.shelf.instances()).instances;
  }

  /**
   * Another cart of the same shopper on the same driver: `cart.instance("wishlist")`. The same object each time.
   *
   * Where the driver answers with promises, it is empty until it is loaded; `await other.reload()` waits for that.
   * @param {string} name
   * @returns {this}
   */
  instance(name) {
    const home = this.#home;
    const known = home.carts.get(name);
    if (known) return /** @type {this} */ (known);
    const cart = new Cart(home, name);
    home.opened.join?.(name);
    home.attend();
    return /** @type {this} */ (cart);
  }

  // Being told -------------------------------------------------------------------------------------------------------

  /**
   * Calls `listener` after each change, whoever made it. Works with React's useSyncExternalStore as it is.
   * @param {() => void} listener
   * @returns {() => void} stops it
   */
  subscribe = (listener) => {
    // Its own function each time, so that the same listener may come twice.
    const call = () => listener();
    this.#toldStamp = this.#hand.stamp();
    this.#toldStatus = this.status;
    this.#listeners.add(call);
    this.#home.attend();
    this.#wait();
    return () => {
      this.#listeners.delete(call);
      this.#home.attend();
      this.#wait();
    };
  };

  /**
   * The cart as it is now. Frozen; the same object until something changes.
   * @returns {Snapshot}
   */
  getSnapshot = () => {
    const home = this.#home;
    const hand = this.#hand;
    const stamp = hand.stamp();
    const status = home.status();
    const before = this.#shot;
    if (before && stamp === this.#shotStamp && before.status === status && !(this.#until && this.#until <= home.now())) return before;
    const text = home.call(() => hand.content());
    if (text === undefined) {
      const empty = emptySnapshot(home.settings.currency);
      this.#until = undefined;
      if (before?.exists !== false || before.status !== status) this.#shot = status == "ready" ? empty : Object.freeze({ ...empty, status });
    } else {
      const content = JSON.parse(text);
      const next = snapshotOf({ ...content, totals: home.shown?.(this.instanceName) ?? content.totals }, status);
      const until = next.totals.validUntil;
      this.#until = until === undefined ? undefined : Date.parse(until);
      this.#shot = share(before, next);
    }
    this.#shotStamp = stamp;
    return /** @type {Snapshot} */ (this.#shot);
  };

  /**
   * What a server renders, and the first render in a browser with it: the snapshot that `createCart` was given, else the
   * empty cart. It never changes.
   * @returns {Snapshot}
   */
  getServerSnapshot = () => this.#server;

  /**
   * A part of the snapshot with the same two verbs: its listeners are only called when that part changed.
   * @template T
   * @param {(snapshot: Snapshot) => T} selector
   * @param {(a: T, b: T) => boolean} [equal] when two are the same; `Object.is` when left out
   * @returns {Selected<T>}
   */
  select(selector, equal = Object.is) {
    const now = memo(selector, equal);
    const server = memo(selector, equal);
    const getSnapshot = () => now(this.getSnapshot());
    return {
      getSnapshot,
      getServerSnapshot: () => server(this.#server),
      subscribe: (listener) => {
        let last = getSnapshot();
        return this.subscribe(() => {
          const next = getSnapshot();
          if (Object.is(last, next)) return;
          last = next;
          listener();
        });
      },
    };
  }

  /**
   * Calls `handler` with each event of a type, or of every type with `"*"`: what happened to the cart
   * (`cart.item.added`, `cart.updated`, …), and what became of keeping it (`storage`, `conflict`, `refused`).
   *
   * A handler of `storage` that comes late is told of what stands in the way already.
   * @template {keyof CartEvents} T
   * @param {T} type
   * @param {(event: CartEvents[T]) => void} handler
   * @returns {() => void} stops it
   */
  on(type, handler) {
    /** @param {any} event */
    const call = (event) => handler(event);
    let handlers = this.#handlers.get(type);
    if (!handlers) this.#handlers.set(type, (handlers = new Set()));
    handlers.add(call);
    this.#home.attend();
    if (type == "storage" && this.trouble) queueMicrotask(() => handlers.has(call) && this.trouble && call(this.trouble));
    return () => {
      handlers.delete(call);
      if (!handlers.size) this.#handlers.delete(type);
      this.#home.attend();
    };
  }

  // Keeping ----------------------------------------------------------------------------------------------------------

  /**
   * Reads again what is kept, and tells the listeners when it is another cart.
   * @returns {void}
   */
  reload() {
    const home = this.#home;
    return /** @type {any} */ (then(home.opened.reload(this.instanceName), () => home.told()));
  }

  /**
   * Waits until every change so far is kept: of interest where keeping takes time, that is with an asynchronous codec or the
   * http driver.
   * @returns {Promise<void>}
   */
  async saved() {
    await this.#home.opened.saved?.();
  }

  /** Waits until no change is on its way any more, confirmed or taken back. @returns {Promise<void>} */
  settled() {
    return this.saved();
  }

  /**
   * Moves the shopper's carts to another driver: copies, reads back and compares, then switches. Where something fails, the
   * old driver stays in charge, and nothing was taken from it.
   * @template {Driver} D
   * @param {D} driver
   * @param {MoveOptions} [options]
   * @returns {Promise<CartOf<D>>} this cart, whose methods answer as the new driver does
   */
  async moveTo(driver, options) {
    const { moveHome } = await import("./move.js");
    await moveHome(this.#home, driver, options);
    return /** @type {any} */ (this);
  }

  /**
   * Tells the core what stands outside the carts: the catalogue's definitions of conditions, and what providers of conditions
   * answered.
   * @param {{catalogue?: Definition[], provided?: Provided[]}} outside
   */
  provide(outside) {
    this.#home.provide(outside);
  }

  /** Stops listening to storage, tabs and network. The carts stay as they are, in memory. */
  close() {
    for (const cart of this.#home.carts.values()) clearTimeout(cart.#timer);
    this.#home.close();
  }

  // What its home asks of it -----------------------------------------------------------------------------------------

  /** @internal @param {Home} home */
  _settle(home) {
    this.#home = home;
    this.#hand = home.hand(this.instanceName);
    this.#shotStamp = -1;
    this.#toldStamp = -1;
    home.carts.set(this.instanceName, this);
  }

  /** @internal */
  _listens() {
    return this.#listeners.size > 0;
  }

  /** @internal */
  _hears() {
    return this.#handlers.size > 0;
  }

  /** @internal Tells the listeners when it is another cart now. */
  _look() {
    if (!this.#listeners.size) return;
    const stamp = this.#hand.stamp();
    const status = this.status;
    if (stamp === this.#toldStamp && status === this.#toldStatus) return;
    this.#toldStamp = stamp;
    this.#toldStatus = status;
    this.#tell();
  }

  #tell() {
    for (const listener of [...this.#listeners]) safely(listener, undefined);
    this.#wait();
  }

  /** Wakes up when time alone may change what is shown. */
  #wait() {
    clearTimeout(this.#timer);
    if (!this.#listeners.size) return;
    // What it costs is what is shown, in all likelihood; and only who knows it knows how long it holds.
    void this.total;
    const until = this.#hand.validUntil();
    if (until === undefined) return;
    this.#timer = setTimeout(() => this.#tell(), Math.min(Math.max(until - this.#home.now(), 1), TIMER_MAX_MS));
    alone(this.#timer);
  }

  /** @internal @param {CartEvent} event */
  _hear(event) {
    for (const type of [event.type, "*"]) for (const handler of [...(this.#handlers.get(type) ?? [])]) safely(handler, event);
  }
}

/**
 * Ids go to the core as UTF-8, which has no lone surrogates: they would become another id.
 * @param {unknown} id
 */
function plain(id) {
  if (typeof id == "string" && id.isWellFormed?.() !== false) return true;
  throw invalid(`expected a line's id as text of whole characters, found ${shown(id)}`, "id");
}

/**
 * A listener that fails fails for itself: the change is made, and the others want to know.
 * @template T
 * @param {(value: T) => void} f
 * @param {T} value
 */
function safely(f, value) {
  try {
    f(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}

/**
 * @template T
 * @param {(snapshot: Snapshot) => T} selector
 * @param {(a: T, b: T) => boolean} equal
 * @returns {(snapshot: Snapshot) => T}
 */
function memo(selector, equal) {
  /** @type {Snapshot | undefined} */
  let from;
  /** @type {T} */
  let value;
  return (snapshot) => {
    if (snapshot !== from) {
      const next = selector(snapshot);
      if (from === undefined || !equal(value, next)) value = next;
      from = snapshot;
    }
    return value;
  };
}

/** @param {Date | number | string} at */
function moment(at) {
  const ms = +new Date(at);
  if (Number.isNaN(ms)) throw invalid(`expected a time, found ${shown(at)}`, "at");
  return ms;
}

/** What the core is told; the rest is ours. */
const SETTINGS = /** @type {const} */ ([
  "owner",
  "identifier",
  "currency",
  "rounding",
  "emptyCart",
  "lineIdentity",
  "taxShipping",
  "ttlMs",
  "tombstoneMs",
  "maxItems",
  "maxQuantity",
  "maxCharacters",
  "maxBytes",
  "maxDepth",
]);
const OURS = ["driver", "instance", "snapshot", "catalogue", "provided", "clock", "random"];

/**
 * Makes `createCart` of a function that loads the compiled core.
 * @param {() => Promise<unknown>} load resolves when the core can be used
 */
export function cartMaker(load) {
  /**
   * Opens a shopper's cart: `const cart = await createCart({ currency: "EUR", driver: sessionDriver() })`.
   *
   * Waiting is for loading the core and, where the driver takes time, for reading what it keeps. With a driver that answers at
   * once, everything after that is synchronous.
   * @template {Driver} [D=ReturnType<typeof memoryDriver>]
   * @param {CreateOptions<D>} [options]
   * @returns {Promise<CartOf<D>>}
   */
  return async function createCart(options) {
    const { driver = memoryDriver(), instance = "default", snapshot, ...rest } = options ?? {};
    /** @type {Record<string, unknown>} */
    const settings = {};
    /** @type {Record<string, any>} */
    const outside = {};
    for (const [name, value] of Object.entries(rest)) {
      const known = SETTINGS.some((setting) => setting === name);
      if (!known && !OURS.includes(name)) throw invalid(`expected options among ${[...OURS, ...SETTINGS].join(", ")}; found ${shown(name)}`, name);
      if (value !== undefined) (known ? settings : outside)[name] = value;
    }
    await load();
    const home = new Home(/** @type {Settings} */ (settings), outside);
    const cart = new Cart(home, instance, snapshot);
    await home.open(driver);
    return /** @type {any} */ (cart);
  };
}
