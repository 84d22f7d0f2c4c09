/**
 * Carts on a server of Pushcart's, with exact totals at once.
 *
 * A change acts at once on the cart in hand, and its answer is there at once; the same commands are sent to the server in
 * order, each under a key of its own, so that it is made once however often it must be sent. What is shown is always what the
 * server confirmed last with the changes on top that it has not confirmed yet.
 *
 * @import { Driver, HttpOptions, Opened, StoredCart } from "./types.js"
 */
import { CartError, invalid } from "./errors.js";
import { requests } from "./http/requests.js";
import { keeping } from "./http/keeping.js";
import { absoluteParts, differences } from "./http/parts.js";
import { Home, alone, troubled } from "./home.js";
import { listen } from "./web.js";

/** From when on a change counts as late: others may have acted on what this page did not show. */
const LATE_MS = 5_000;
/** The server remembers every key for ten minutes, and the last 32 of a cart for ever. */
const KEY_AGE_MS = 9 * 60_000;
const KEYS_KEPT = 32;
/** How long is waited after a failure: from this, twice as long each time, up to that. */
const WAIT_MS = 500;
const WAIT_MS_MAX = 30_000;
/** How often a change is based anew on a cart that others change meanwhile. */
const BASES_MAX = 8;

/**
 * A change that the server has not confirmed.
 * @typedef {object} Entry
 * @property {string} key its idempotency key
 * @property {string} name the instance
 * @property {number} made when, in milliseconds since 1970
 * @property {any} request what was asked for
 * @property {boolean} late it must not overwrite in silence what others did meanwhile
 * @property {boolean} [exact] it was meant for exactly what was shown
 * @property {string} [body] what was sent: whatever is sent again under the key is the same
 * @property {number} [tried] when it was sent first
 * @property {boolean} [anew] it was sent before without saying what it was based on, and nobody knows whether it arrived
 * @property {string[]} foreign what others changed since it was made
 */

/**
 * One of the shopper's carts, as the server confirmed it last.
 * @typedef {object} Lane
 * @property {StoredCart | undefined} slot
 * @property {boolean} known whether the server ever said what there is
 * @property {boolean} [differs] it costs something else there than what this page would say
 */

/**
 * Keeps the carts on a server: `pushcart serve`, or the shop's own behind the same API.
 *
 * Changes act at once; `cart.pending` says how many are on their way, `await cart.settled()` waits for them. Without a network
 * they wait, survive a reload of the page, and are sent when it is back. What the server refuses is taken back and told by an
 * event (`refused`).
 *
 * A change that sets something (`setQuantity`, `update`, `clear`, `reprice`) and was made offline, or long before it could be
 * sent, does not overwrite in silence what others did meanwhile: if they changed the same thing, that is told by an event
 * (`conflict`) and `onConflict` decides. Changes that add or take away are never in conflict.
 * @param {HttpOptions} options
 * @returns {Driver<"now">}
 */
export function httpDriver(options) {
  if (typeof options?.url != "string") throw invalid("expected the server's address as text", "url");
  return { open: (home) => open(home, options) };
}

/**
 * @param {Home} home
 * @param {HttpOptions} options
 * @returns {Promise<Opened>}
 */
async function open(home, options) {
  const { identifier = "guest", owner } = home.settings;
  if (owner) throw invalid("expected no owner: over HTTP the server knows it", "owner");
  const server = requests(identifier, options);
  const kept = keeping(options, identifier, (error) => home.notice(error ? troubled(error) : { type: "storage", ok: true }));
  const { onConflict = "theirs" } = options;

  /** @type {Map<string, Lane>} */
  const lanes = new Map();
  /** @type {Entry[]} */
  const queue = kept.entries();
  for (const [name, slot] of Object.entries(kept.carts())) lanes.set(name, { slot, known: true });

  /** What is wrong since the last attempt. @type {"" | "offline" | "unsaved"} */
  let broken = "";
  let closed = false;
  let running = false;
  /** Failures in a row. */
  let failures = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** Before this the server does not want to be asked. */
  let restUntil = 0;
  /** @type {(() => void)[]} */
  let waiting = [];
  /** Carts to look at again once nothing is on its way. @type {Set<string>} */
  const outdated = new Set();

  /** @param {string} name */
  const lane = (name) => {
    let found = lanes.get(name);
    if (!found) lanes.set(name, (found = { slot: undefined, known: false }));
    return found;
  };

  /** Shows what the server confirmed, and on top of it what it has not confirmed yet. */
  const rebase = () => {
    for (const [name, { slot }] of lanes) home.call(() => home.hand(name).load(slot && JSON.stringify(slot)));
    for (const entry of queue) {
      try {
        home.call(() => home.hand(entry.name).change(local(entry), false));
      } catch {
        // It does not go together with what the server has now. The server will say so, and then it is told.
      }
    }
    // The server may know more than this page: its own conditions, its providers, its settings. What it says then holds.
    for (const [name, lane] of lanes) lane.differs = !queue.length && !!lane.slot && home.call(() => home.hand(name).total()) !== lane.slot.summary.total;
    home.told();
  };
  home.shown = (name) => {
    const { slot, differs } = lanes.get(name) ?? {};
    if (!differs || queue.length) return undefined;
    const { validUntil } = /** @type {any} */ (slot).totals;
    if (!validUntil || Date.parse(validUntil) > home.now()) return /** @type {any} */ (slot).totals;
    refresh(name);
  };
  /** @param {Entry} entry */
  const local = ({ request: { basedOn: _, idempotencyKey: __, ...request } }) => JSON.stringify(request);

  /**
   * Takes over what the server says a cart is, and tells the changes that wait what others did to it.
   * @param {string} name
   * @param {StoredCart | undefined} slot
   * @param {Entry} [made] the change that this is the answer to
   */
  const confirm = (name, slot, made) => {
    const before = lane(name);
    if (before.known && before.slot?.revision !== slot?.revision) {
      const [incarnation, version] = before.slot?.revision.split(".") ?? [];
      const next = made && before.slot && slot?.revision === `${incarnation}.${+version + 1}`;
      if (!next) {
        const foreign = differences(made ? expected(name, before.slot, made) : before.slot, slot);
        for (const entry of queue) if (entry.name === name && entry !== made) entry.foreign.push(...foreign);
      }
    }
    lanes.set(name, { slot, known: true });
    kept.keepCarts(lanes);
  };

  /** @type {Home | undefined} */
  let scratch;
  /**
   * What a cart would be after a change if nobody else had changed it.
   * @param {string} name
   * @param {StoredCart | undefined} slot
   * @param {Entry} entry
   * @returns {StoredCart | undefined}
   */
  const expected = (name, slot, entry) => {
    const other = (scratch ??= new Home(home.settings, home.outside));
    const hand = other.hand(name);
    try {
      hand.load(slot && JSON.stringify(slot));
      other.call(() => hand.change(local(entry), false));
      const text = other.call(() => hand.stored());
      const after = text && JSON.parse(text);
      return after?.ended ? undefined : after;
    } catch {
      return slot;
    }
  };

  /**
   * What is sent for a change. It is made once: under one key, one request.
   * @param {Entry} entry
   */
  const compose = (entry) => {
    if (entry.body) return entry.body;
    const { slot } = lane(entry.name);
    const { basedOn, idempotencyKey: _, ...request } = entry.request;
    const guarded = entry.exact || (entry.late && absoluteParts(request.commands).length > 0);
    entry.body = JSON.stringify({
      // What begins a cart says what it wants; a cart that is there has its own.
      ...(!slot && { currency: home.settings.currency, rounding: home.settings.rounding }),
      ...request,
      ...(guarded ? { basedOn: slot?.revision ?? "absent" } : basedOn && { basedOn }),
      idempotencyKey: entry.key,
    });
    return entry.body;
  };

  /** @param {Entry} entry */
  const settle = (entry) => {
    const at = queue.indexOf(entry);
    if (at >= 0) queue.splice(at, 1);
    kept.drop(entry);
  };

  /** @param {Entry} entry @param {any} error */
  const refuse = (entry, error) => {
    settle(entry);
    rebase();
    // What it was refused for may be what this page has not seen.
    outdated.add(entry.name);
    home.notice({ type: "refused", instance: entry.name, error, commands: entry.request.commands });
  };

  /**
   * What a change that must not overwrite in silence has in common with what others did; empty when nothing.
   * @param {Entry} entry
   */
  const clash = (entry) => {
    if (!entry.exact && !entry.late) return [];
    const parts = entry.exact ? ["*"] : absoluteParts(entry.request.commands);
    return [...new Set(parts.includes("*") ? entry.foreign : entry.foreign.filter((part) => parts.includes(part)))];
  };

  /**
   * Others changed what this change sets: somebody decides.
   * @param {Entry} entry
   * @param {string[]} changed
   */
  const resolve = (entry, changed) => {
    const { commands } = entry.request;
    const theirs = lane(entry.name).slot;
    const mine = expected(entry.name, theirs, entry);
    /** @param {StoredCart | undefined} slot @param {string} part */
    const find = (slot, part) => {
      const [, list, name] = /** @type {RegExpExecArray} */ (/^(\w+)\.([^]*)$/.exec(part));
      if (list == "metadata") return /** @type {any} */ (slot?.metadata)?.[name];
      return /** @type {any[]} */ (slot?.[list] ?? []).find((one) => (list == "items" ? one.id : one.name) === name);
    };
    /** @type {import("./types.js").Conflicted} */
    const event = { type: "conflict", instance: entry.name, commands, changed, parts: changed.map((part) => ({ part, mine: find(mine, part), theirs: find(theirs, part) })), kept: "theirs" };
    // Who buys must have seen what is bought.
    if (!entry.exact) event.kept = typeof onConflict == "function" ? onConflict(event) : onConflict;
    if (event.kept == "mine") {
      entry.foreign = [];
      renew(entry);
    } else settle(entry);
    rebase();
    home.notice(event);
  };

  /** Lets a change that was refused for its base be sent anew. @param {Entry} entry */
  const renew = (entry) => {
    kept.drop(entry);
    Object.assign(entry, { key: entry.request.idempotencyKey ?? randomKey(), body: undefined, tried: undefined, anew: false });
    kept.keep(entry);
  };

  /** Sends what waits, one after the other. */
  const run = async () => {
    if (running || closed || home.now() < restUntil) return;
    running = true;
    clearTimeout(timer);
    let bases = 0;
    home.told();
    while (queue.length && !closed) {
      const [entry] = queue;
      try {
        if (kept.isSettled(entry)) {
          settle(entry);
          continue;
        }
        if (entry.tried && !entry.anew && !entry.late && !entry.request.basedOn && home.now() - entry.tried > LATE_MS && absoluteParts(entry.request.commands).length) {
          // It has become late while it was sent. Under its key the server takes it once, in these words or in those.
          Object.assign(entry, { late: true, anew: true, body: undefined });
        }
        const clashes = entry.body || entry.anew ? [] : clash(entry);
        if (clashes.length) {
          resolve(entry, clashes);
          continue;
        }
        if (entry.tried && home.now() - entry.tried > KEY_AGE_MS && (await isForgotten(entry))) {
          refuse(entry, new CartError({ kind: "unavailable", reason: "unknown_outcome", message: "expected to learn whether the change was made, found that the server has forgotten its key: look at the cart, and make it again if it is not there" }));
          continue;
        }
        const body = compose(entry);
        entry.tried ??= home.now();
        kept.keep(entry);
        const { slot } = await server.change(entry.name, body);
        if (closed) break;
        settle(entry);
        confirm(entry.name, slot, entry);
        for (const { do: verb, to } of /** @type {any[]} */ (entry.request.commands)) if (verb == "move") confirm(to, await server.load(to));
        bases = 0;
        well();
        rebase();
        tell(entry.name);
      } catch (thrown) {
        if (closed) break;
        const error = /** @type {any} */ (thrown);
        if (error.passing) {
          // Nothing is known of it, or nothing can be done now: the same again, later.
          fail(error);
          break;
        }
        if (error.reason == "key_reused" && entry.anew) {
          // It had arrived in its first words.
          try {
            const slot = await server.load(entry.name);
            settle(entry);
            confirm(entry.name, slot, entry);
            well();
            rebase();
          } catch (later) {
            fail(later);
            break;
          }
          continue;
        }
        if (error.kind == "conflict" && error.conflict && !entry.request.basedOn === !entry.exact && ++bases <= BASES_MAX) {
          try {
            confirm(entry.name, await server.load(entry.name));
            renew(entry);
            rebase();
          } catch (later) {
            fail(later);
            break;
          }
          continue;
        }
        bases = 0;
        refuse(entry, error);
      }
    }
    running = false;
    home.told();
    if (!queue.length) {
      for (const name of outdated) refresh(name);
      outdated.clear();
      for (const done of waiting) done();
      waiting = [];
    }
  };

  /**
   * Whether the server may have made a change and forgotten its key.
   * @param {Entry} entry
   */
  const isForgotten = async (entry) => {
    const before = lane(entry.name).slot?.revision;
    const now = (await server.load(entry.name))?.revision;
    if (!before || !now || before === now) return false;
    const [[incarnation, from], [same, to]] = [before.split("."), now.split(".")];
    return incarnation === same && +to - +from >= KEYS_KEPT;
  };

  /** @param {any} error */
  const fail = (error) => {
    broken = error.reason === "network" ? "offline" : "unsaved";
    const asked = error.retryAfterMs ?? 0;
    restUntil = home.now() + asked;
    const wait = Math.max(asked, Math.min(WAIT_MS * 2 ** failures++, WAIT_MS_MAX) * (0.5 + Math.random() / 2));
    timer = setTimeout(() => {
      // Timers go off a little early: the time has come because it went off, not by the clock.
      restUntil = 0;
      void again();
    }, wait);
    if (!home.trouble || home.trouble.reason !== error.reason) home.notice(troubled(error));
  };
  const well = () => {
    const was = broken;
    broken = "";
    failures = 0;
    if (was) home.notice({ type: "storage", ok: true });
  };
  /** Tries again what did not go through: changes, or, where there are none, reading. */
  const again = () => (queue.length ? run() : reloadAll().catch(() => {}));

  /** @param {string} name */
  const reload = async (name) => {
    // What is on its way brings the newest state with its answer; whether it arrived must be known before.
    if (queue.length) return void run();
    try {
      const slot = await server.load(name, lane(name).slot?.revision);
      if (closed) return;
      if (slot !== server.UNCHANGED) confirm(name, /** @type {StoredCart | undefined} */ (slot));
      well();
      rebase();
    } catch (error) {
      if (closed) return;
      if (/** @type {any} */ (error).passing) fail(error);
      throw error;
    }
  };
  const reloadAll = async () => {
    for (const name of [...lanes.keys()]) await reload(name);
  };
  /** A reading that nobody waits for: what fails is told by `fail`, or will be when it is asked for. */
  const refresh = (/** @type {string | undefined} */ name = undefined) => void (name === undefined ? reloadAll() : reload(name)).catch(() => {});

  /** @type {BroadcastChannel | undefined} */
  let channel;
  const join = () => {
    channel?.close();
    channel = globalThis.BroadcastChannel && new BroadcastChannel(`pushcart ${server.base}`);
    if (!channel) return;
    channel.onmessage = ({ data }) => typeof data == "string" && lanes.has(data) && refresh(data);
    /** @type {any} */ (channel).unref?.();
  };
  /** Other pages of the shopper look again. @param {string} name */
  const tell = (name) => channel?.postMessage(name);

  const stop = listen({
    online: () => void again(),
    pagehide: () => (channel?.close(), (channel = undefined)),
    pageshow: (event) => event.persisted && (join(), refresh()),
  });
  const onVisible = () => document.visibilityState == "visible" && refresh();
  globalThis.document?.addEventListener?.("visibilitychange", onVisible);
  join();

  for (const name of home.carts.keys()) lane(name);
  rebase();
  if (queue.length) void run();
  else {
    try {
      await reloadAll();
    } catch (error) {
      // Without a network the shopper goes on with what is known.
      if (!(/** @type {any} */ (error).passing)) {
        close();
        throw error;
      }
    }
  }

  function close() {
    closed = true;
    clearTimeout(timer);
    stop();
    globalThis.document?.removeEventListener?.("visibilitychange", onVisible);
    channel?.close();
    for (const done of waiting) done();
  }

  return {
    change(name, text) {
      const hand = home.hand(name);
      const stamp = hand.stamp();
      const shown = hand.revision() ?? "absent";
      const answer = JSON.parse(home.call(() => hand.change(text, true)));
      const request = JSON.parse(text);
      // What changes nothing here is only sent if somebody counts on its key.
      if (hand.stamp() !== stamp || request.idempotencyKey) {
        /** @type {Entry} */
        const entry = { key: request.idempotencyKey ?? randomKey(), name, made: home.now(), request, late: !!broken, exact: request.basedOn === shown, foreign: [] };
        lane(name);
        for (const { do: verb, to } of /** @type {any[]} */ (request.commands)) if (verb == "move") lane(to);
        queue.push(entry);
        kept.keep(entry);
        alone(setTimeout(() => !entry.body && (entry.late = true), LATE_MS));
        void run();
      }
      return answer;
    },
    join(name) {
      if (!lanes.has(name)) lane(name);
      refresh(name);
    },
    reload: (name = "default") => reload(name),
    saved: () => (queue.length ? new Promise((done) => void waiting.push(done)) : Promise.resolve()),
    pending: () => queue.length,
    status: () => broken || (queue.length ? "saving" : "ready"),
    close,
    async records() {
      /** @type {[string, StoredCart][]} */
      const records = [];
      for (const name of await server.instances()) {
        const slot = await server.load(name);
        if (slot) records.push([name, /** @type {StoredCart} */ (slot)]);
      }
      return records;
    },
    async send(name, request) {
      const { slot, changed } = await server.change(name, JSON.stringify({ idempotencyKey: randomKey(), ...request }));
      confirm(name, slot);
      rebase();
      tell(name);
      return changed;
    },
  };
}

/** A new name for each change. */
const randomKey = () => [...globalThis.crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
