/** @import { Hand, Service } from "../wasm/pushcart.js" */
/** @import { Cart } from "./cart.js" */
/** @import { Totals } from "./wire.js" */
/** @import { BuiltIn, CartEvent, Changed, Driver, Notice, Opened, ScriptDriver, Settings } from "./types.js" */
import { Shelf } from "../wasm/pushcart.js";
import { CartError, fault, needs } from "./errors.js";
import { isPromise, then } from "./json.js";
import { zoneAt } from "./zones.js";

/** So often a call may ask for more. A cart names definitions and zones, and definitions name zones. */
const ROUNDS_MAX = 4;

/**
 * Where the carts of one shopper live: what is in hand of them, and the driver that keeps it.
 *
 * A cart is a face of this. Moving to another driver gives its carts another home.
 */
export class Home {
  /** @type {Map<string, Cart>} The carts that were handed out, by instance. */
  carts = new Map();
  /** What stands in the way of keeping the carts, as it was last told. @type {Notice | undefined} */
  trouble;
  /** Changes need not say what they were, only what came of them. */
  quick = false;
  /** Somebody wants to know what happened. */
  #hears = false;
  /** Somebody must know when something changed. */
  busy = false;
  /** What a cart costs where its driver knows better. @type {((name: string) => Totals | undefined) | undefined} */
  shown;
  /** @type {Opened} */
  opened = /** @type {any} */ (undefined);
  /** @type {Shelf} */
  shelf;
  /** The use case over a driver that is asked for each change. @type {Service | undefined} */
  service;
  /** @type {Map<string, Hand>} */
  #hands = new Map();
  /** @type {Set<ReturnType<typeof setTimeout>>} */
  #timers = new Set();

  /**
   * @param {Settings} settings what the core is told
   * @param {{catalogue?: unknown[], provided?: unknown[], clock?: () => number, random?: () => BigUint64Array}} outside
   */
  constructor(settings, outside) {
    this.settings = settings;
    this.outside = outside;
    try {
      this.shelf = guarded(() => new Shelf({ ...settings, asks: true }));
    } catch (error) {
      if (error instanceof CartError) error.path = error.path.replace(/^options\.?/, "");
      throw error;
    }
    this.tell(this.shelf);
  }

  /** @param {Driver} driver */
  async open(driver) {
    // A driver of the shop's own is more to do than the ready-made ones: loaded where it is used.
    this.opened = await ("open" in Object(driver) ? /** @type {BuiltIn<any>} */ (driver).open(this) : (await import("./script.js")).script(this, /** @type {ScriptDriver} */ (driver)));
    this.attend();
  }

  /** Says what stands outside the carts. @param {Shelf | Service} core */
  tell(core) {
    const { clock, random, catalogue, provided } = this.outside;
    if (clock || random) core.surroundings(clock, random);
    if (catalogue) guarded(() => core.catalogue(JSON.stringify(catalogue)));
    if (provided) guarded(() => core.provided(JSON.stringify(provided)));
  }

  /**
   * Hands in what stands outside the carts, again.
   * @param {{catalogue?: unknown[], provided?: unknown[]}} outside
   */
  provide(outside) {
    Object.assign(this.outside, outside);
    this.tell(this.shelf);
    if (this.service) this.tell(this.service);
    this.told();
  }

  /** The time, as everything here knows it. */
  now() {
    return this.outside.clock?.() ?? Date.now();
  }

  /**
   * @param {string} name
   * @returns {Hand}
   */
  hand(name) {
    let hand = this.#hands.get(name);
    if (!hand) this.#hands.set(name, (hand = guarded(() => this.shelf.cart(name))));
    return hand;
  }

  /**
   * Calls the core; when it lacks something, hands that in and calls again. Nothing was changed meanwhile.
   * @template T
   * @param {() => T} f
   * @param {number} [atMs] the moment that is asked about, where it is not now
   * @param {number} [rounds]
   * @returns {T}
   */
  call(f, atMs, rounds = ROUNDS_MAX) {
    /** @param {unknown} thrown */
    const again = (thrown) => this.again(thrown, f, atMs, rounds);
    try {
      const value = f();
      return isPromise(value) ? /** @type {T} */ (value.then(undefined, again)) : value;
    } catch (thrown) {
      return again(thrown);
    }
  }

  /**
   * Calls again after a call that threw, if it threw because it lacked something.
   * @template T
   * @param {unknown} thrown
   * @param {() => T} f
   * @param {number} [atMs]
   * @param {number} [rounds]
   * @returns {T}
   */
  again(thrown, f, atMs, rounds = ROUNDS_MAX) {
    const error = fault(thrown);
    const lacking = needs(error);
    if (!lacking || !rounds) throw error;
    for (const zone of lacking.zones) this.#zone(zone, atMs ?? this.now());
    // What was handed in is the whole catalogue: what is not in it is not there.
    if (lacking.definitions.length) this.provide({ catalogue: this.outside.catalogue ?? [] });
    return this.call(f, atMs, rounds - 1);
  }

  /**
   * Says what Intl knows of a zone at a moment; of a name that is no zone's, that there is none.
   * @param {string} name
   * @param {number} atMs
   */
  #zone(name, atMs) {
    const zone = zoneAt(name, atMs);
    this.shelf.zone(name, zone?.offsetSeconds, zone?.untilMs, zone && atMs);
    if (!this.service) return;
    this.service.zone(name, zone?.offsetSeconds, zone?.untilMs);
    // The shelf asks again when it must; the service takes what it was told last.
    if (!zone) return;
    const timer = setTimeout(() => this.#zone(name, this.now()), Math.min(zone.untilMs - this.now(), TIMER_MAX_MS));
    alone(timer);
    this.#timers.add(timer);
  }

  /**
   * Makes a change.
   * @param {string} name
   * @param {Hand} hand
   * @param {string} request
   * @returns {Changed | Promise<Changed>}
   */
  change(name, hand, request) {
    const { opened } = this;
    // The wire's own answers bring the cart along, which is in hand already.
    if (opened.change) return then(opened.change(name, request), ({ cart: _, ...answer }) => this.#happened(/** @type {Changed} */ (answer)));
    opened.before?.();
    /** @type {Changed} */
    const answer = JSON.parse(this.call(() => hand.change(request, this.#hears)));
    opened.after?.(name, request, answer);
    return this.#happened(answer);
  }

  /** @param {Changed} answer */
  #happened(answer) {
    this.told();
    for (const event of answer.events) this.notice(event);
    return answer;
  }

  /** After a change whose request nobody needs to know. */
  touched() {
    this.opened.after?.();
    this.told();
  }

  /** Lets every cart look whether it is another now. */
  told() {
    for (const cart of this.carts.values()) cart._look();
  }

  /**
   * Tells the carts that it concerns: of an event the cart of its instance, of anything else all.
   * @param {CartEvent} event
   */
  notice(event) {
    if (event.type == "storage") {
      this.trouble = event.ok ? undefined : event;
      this.told();
    }
    for (const [name, cart] of this.carts) if (!("instance" in event) || event.instance == name) cart._hear(event);
  }

  /** Finds out again how little must be done for a change. */
  attend() {
    let listens = false;
    this.#hears = false;
    for (const cart of this.carts.values()) {
      listens ||= cart._listens();
      this.#hears ||= cart._hears();
    }
    const { change, before, after } = this.opened;
    this.quick = !this.#hears && !change && !before;
    this.busy = listens || !!after;
  }

  /** How far what is shown has come. */
  status() {
    return this.opened.status?.() ?? (this.trouble ? "unsaved" : "ready");
  }

  close() {
    for (const timer of this.#timers) clearTimeout(timer);
    this.opened.close();
  }
}

/** Timers hold no more. */
export const TIMER_MAX_MS = 2 ** 31 - 1;

/**
 * A timer that does not keep a process of Node alive.
 * @param {ReturnType<typeof setTimeout>} timer
 */
export const alone = (timer) => /** @type {any} */ (timer).unref?.();

/**
 * Calls the core where it cannot lack anything.
 * @template T
 * @param {() => T} f
 * @returns {T}
 */
export function guarded(f) {
  try {
    return f();
  } catch (thrown) {
    throw fault(thrown);
  }
}

/**
 * That storage cannot keep the carts, as an event.
 * @param {any} error
 * @returns {Notice}
 */
export const troubled = (error) => ({
  type: "storage",
  ok: false,
  kind: error instanceof CartError ? error.kind : "unavailable",
  reason: error?.reason,
  message: error?.message ?? String(error),
});
