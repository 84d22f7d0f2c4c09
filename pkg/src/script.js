/** @import { Address, Changed, Committed, Opened, ScriptDriver, Slot, Write } from "./types.js" */
/** @import { Home } from "./home.js" */
import { Service } from "../wasm/pushcart.js";
import { CartError, invalid, shown } from "./errors.js";
import { guarded } from "./home.js";
import { isPromise, then } from "./json.js";
import { settled } from "./task.js";

/**
 * A driver of the shop's own: each change goes through the core's use case (load, apply, commit, again on conflict), and what
 * was committed or loaded last is what is shown.
 * @param {Home} home
 * @param {ScriptDriver} driver
 * @returns {Opened | Promise<Opened>}
 */
export function script(home, driver) {
  for (const verb of /** @type {const} */ (["load", "commit"]))
    if (typeof driver?.[verb] != "function") throw invalid(`expected a driver with load and commit, found ${shown(driver?.[verb])} for ${verb}`, `driver.${verb}`);
  if (driver.capabilities?.compareAndSet === false && !driver.capabilities.lastWriteWins)
    throw new CartError({ kind: "unsupported", reason: "no_compare_and_set", message: "expected a driver that compares and sets, or one that declares lastWriteWins; found one that would lose changes in silence" });
  const { owner = "", identifier = "guest" } = home.settings;
  /** @param {string} instance @returns {Address} */
  const address = (instance) => ({ owner, identifier, instance });

  /** What was seen last of each cart, as text. @type {Map<string, string | undefined>} */
  const seen = new Map();
  /** @param {Address} where @param {Slot | null | undefined} slot */
  const see = (where, slot) => {
    const text = slot == null ? undefined : JSON.stringify(slot);
    if (where.owner == owner && where.identifier == identifier) seen.set(where.instance, text);
    return text ?? null;
  };
  /** Puts what was seen last in hand. @param {string[]} names */
  const show = (names) => {
    for (const name of names) if (seen.has(name)) home.call(() => home.hand(name).load(seen.get(name)));
    seen.clear();
    home.told();
  };

  const core = {
    load(/** @type {string} */ asked) {
      const { address: where, nowMs } = JSON.parse(asked);
      return then(driver.load(where, { nowMs }), (slot) => see(where, slot));
    },
    commit(/** @type {string} */ asked) {
      /** @type {{nowMs: number, writes: Write[]}} */
      const { nowMs, writes } = JSON.parse(asked);
      return then(driver.commit(writes, { nowMs }), (/** @type {Committed} */ answer) => {
        if ("done" in answer) for (const write of writes) see(write.address, write.slot);
        else if (writes[answer.conflict]) see(writes[answer.conflict].address, answer.current);
        return JSON.stringify(answer);
      });
    },
    instances: (/** @type {string} */ owner, /** @type {string} */ identifier) =>
      then(names(owner, identifier), (names) => JSON.stringify(names)),
    pause: (/** @type {number} */ ms) => (waits ? new Promise((done) => setTimeout(done, ms)) : undefined),
  };
  const service = guarded(() => new Service({ ...home.settings, asks: true }, core));
  home.service = service;
  home.tell(service);
  /** @param {string} owner @param {string} identifier */
  const names = (owner, identifier) => {
    if (!driver.instances) throw new CartError({ kind: "unsupported", message: "expected a driver that lists the instances of an identifier, found one without `instances`" });
    return driver.instances(owner, identifier, { nowMs: home.now() });
  };

  /** The last call under way: calls of one page do not overtake each other. @type {PromiseLike<unknown> | undefined} */
  let last;
  let pending = 0;
  /** Whether the driver ever answered with a promise: only such a one gains from pausing between attempts. */
  let waits = false;
  /**
   * Calls `f` when everything before it is done.
   * @template T
   * @param {() => T | PromiseLike<T>} f
   * @returns {T | Promise<T>}
   */
  const inTurn = (f) => {
    const value = last ? last.then(f, f) : f();
    if (!isPromise(value)) return value;
    waits = true;
    pending++;
    const done = () => {
      pending--;
      if (last === mine) last = undefined;
      home.told();
    };
    /** @type {PromiseLike<unknown>} */
    const mine = value.then(done, done);
    last = mine;
    home.told();
    return /** @type {Promise<T>} */ (value);
  };

  /** @param {string} name */
  const reload = (name) =>
    inTurn(() =>
      then(driver.load(address(name), { nowMs: home.now() }), (slot) => {
        see(address(name), slot);
        show([name]);
      }),
    );

  /** @type {Map<string, (() => void) | void>} */
  const stops = new Map();
  /** @param {string} name */
  const join = (name) => {
    stops.set(name, driver.subscribe?.(address(name), () => void later(reload(name))));
    return reload(name);
  };
  /** A reading that nobody waits for tells what is in its way. @param {unknown} value */
  const later = (value) => {
    if (isPromise(value)) value.then(undefined, (error) => home.notice({ type: "storage", ok: false, kind: error.kind ?? "unavailable", reason: error.reason, message: error.message }));
  };

  /** @type {Opened} */
  const opened = {
    change: (name, request) =>
      inTurn(() =>
        // Also after a refusal: what was loaded for it is newer than what is shown.
        lastly(
          () => then(home.call(() => settled(service.change(name, request))), (text) => /** @type {Changed} */ (JSON.parse(text))),
          () => show([...seen.keys()]),
        ),
      ),
    join: (name) => later(join(name)),
    reload: (name = "default") => reload(name),
    async saved() {
      while (last) await last;
    },
    pending: () => pending,
    status: () => (home.trouble ? "unsaved" : pending ? "saving" : "ready"),
    close() {
      for (const stop of stops.values()) stop?.();
      driver.close?.();
    },
    records: () =>
      then(names(owner, identifier), (names) =>
        every(names, (name) => then(driver.load(address(name), { nowMs: home.now() }), (slot) => /** @type {[string, Slot]} */ ([name, slot]))),
      ),
    put: (name, slot, precondition) =>
      inTurn(() =>
        then(driver.commit([{ address: address(name), precondition, slot, events: [] }], { nowMs: home.now() }), (/** @type {Committed} */ answer) => "done" in answer),
      ),
  };
  return then(every([...home.carts.keys()], join), () => opened);
}

/**
 * `f()`, and `after()` however it ended.
 * @template T
 * @param {() => T | Promise<T>} f
 * @param {() => void} after
 */
function lastly(f, after) {
  let value;
  try {
    value = f();
  } catch (error) {
    after();
    throw error;
  }
  if (isPromise(value)) return value.finally(after);
  after();
  return value;
}

/**
 * One after the other, at once where nothing takes time.
 * @template T, R
 * @param {T[]} list
 * @param {(one: T) => R | PromiseLike<R>} f
 * @returns {R[] | Promise<R[]>}
 */
export function every(list, f) {
  /** @type {R[]} */
  const done = [];
  /** @returns {R[] | Promise<R[]>} */
  const next = () => (done.length == list.length ? done : then(f(list[done.length]), (value) => (done.push(value), next())));
  return next();
}
