/**
 * Carts in localStorage, which all tabs of the shop share, with the tabs kept in step.
 *
 * A browser keeps a copy of localStorage in each of its processes. Two tabs that read, change and write at once would lose one
 * of the two changes, and there is no lock that a tab which is closed in the middle would not leave behind. So what tabs share
 * is not only the carts, but the changes:
 *
 * - Each tab has a random name and numbers its changes. It writes them under a key of its own, which no other tab writes
 *   (`cart:TAB`, the changes of the last minute), and then the carts under the shared one (`cart`).
 * - With the carts stands how many changes of which tab are in them: `{"": {"tabs": {"TAB": [NUMBER, TIME]}}, "default": {…}}`. No
 *   cart can have the empty name.
 * - A tab that learns of changes which it does not have makes them too, each exactly once by its number. Where somebody wrote
 *   carts in which a change is missing, whoever has that change puts it back.
 * - Changes are made in the order of their time (then of their tab), also by a tab that learns of them late: the last one wins,
 *   the same one everywhere. Time and randomness of a change are its own, so that the same changes give the same bytes.
 *
 * @import { Changed, Codec, Opened, WebStorage } from "./types.js"
 * @import { Home } from "./home.js"
 */
import { CartError, fault, invalid } from "./errors.js";
import { alone, troubled } from "./home.js";
import { isPromise } from "./json.js";
import { listen, undecoded, unwritten, webStorage } from "./web.js";

/** How long changes are kept at least, after they are in the carts: who has not seen them by then reads the carts. */
const KEPT_MS = 60_000;
/** After how long a tab that was quiet takes a new name. What another tab takes away of it, after twice that, it never writes again. */
const QUIET_MS = 10 * KEPT_MS;
/** How old a change may be that is still put back. The numbers of tabs are remembered twice as long. */
const REMEMBERED_MS = 12 * 3_600_000;
/** How soon carts in which something is missing are written again, so that not all tabs do it at once. */
const REPAIR_MS = 100;

/**
 * A change of a tab's.
 * @typedef {object} Change
 * @property {string} tab
 * @property {number} seq the tab's number for it, from 1
 * @property {number} at milliseconds since 1970; later than whatever the tab knew of
 * @property {string} name the instance
 * @property {string} [request] what was asked for, as JSON
 * @property {string} [slot] or what was put in the cart's place
 * @property {string} [text] or what was put in the place of all carts
 * @property {Record<string, number>} after how many changes of which other tabs it came after, as far as the tab's change before did not
 */

/** How many changes of which tab, and when the last was made. @typedef {Record<string, [seq: number, at: number]>} Seen */

/**
 * @param {Home} home
 * @param {string} key
 * @param {Codec<"now">} codec
 * @param {WebStorage} [given]
 * @returns {Opened}
 */
export function tabs(home, key, codec, given) {
  const { shelf } = home;
  if (isPromise(codec.encode(""))) throw invalid("expected a codec that answers at once: a change must be in storage before the next tab looks; found one that returns promises", "codec");

  let me = randomName();
  /** The changes that are in hand. @type {Seen} */
  let seen = {};
  /** Those that are in the carts in storage, as far as this tab has seen. @type {Seen} */
  let stored = {};
  /** The shared text as it was last read or written. @type {string | null} */
  let last = null;
  /** The changes since `base`, in their order. @type {Change[]} */
  let log = [];
  /** The carts before the first change of `log`. */
  let base = "{}";
  /** The carts after some of them: what becomes the next base. @type {{text: string, at: number, length: number} | undefined} */
  let middle;
  /** This tab's own, as they stand in storage. @type {Change[]} */
  let own = [];
  /** Others' that came before something that they came after. @type {Change[]} */
  let held = [];
  /** What was in hand at this tab's last change. @type {Seen} */
  let told = {};
  /** Nothing is written over what could not be read, or into what is not there. */
  let blocked = true;
  /** Storage took no more; each change of this tab's tries again. */
  let full = false;
  /** What is in hand should stand in storage, though the same changes do. */
  let better = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  let latest = 0;

  const storage = () => given ?? webStorage("local");
  /** @param {any} thrown */
  const fail = (thrown) => {
    const error = unwritten(fault(thrown));
    if (error.reason != "no_storage" && home.trouble?.reason !== error.reason) home.notice(troubled(error));
  };
  const well = () => {
    if (home.trouble) home.notice({ type: "storage", ok: true });
  };

  // Changes ----------------------------------------------------------------------------------------------------------

  /**
   * Makes a change in hand, with its own time and randomness.
   * @param {Change} change
   * @param {boolean} [events]
   */
  const make = (change, events = false) => {
    const { clock, random } = home.outside;
    shelf.surroundings(() => change.at, () => entropy(change));
    try {
      if (change.text !== undefined) return shelf.read(change.text);
      return change.slot === undefined ? home.call(() => home.hand(change.name).change(/** @type {string} */ (change.request), events), change.at) : home.hand(change.name).load(change.slot);
    } finally {
      shelf.surroundings(clock, random);
    }
  };

  /** @param {Change} change */
  const note = (change) => {
    seen[change.tab] = [change.seq, change.at];
    latest = Math.max(latest, change.at);
  };

  /**
   * Makes the changes of other tabs that are not in hand yet.
   * @param {Change[]} changes
   */
  const receive = (changes) => {
    const since = home.now() - REMEMBERED_MS;
    // A change is made after those that its tab had seen: without them it might not be possible. Their time is before its own.
    const known = [...held, ...changes].sort(inOrder);
    held = [];
    const fresh = known.filter((change) => {
      const had = seen[change.tab]?.[0] ?? 0;
      if (change.tab === me || change.at <= since || change.seq <= had) return false;
      const ready = change.seq === had + 1 && Object.entries(change.after).every(([tab, seq]) => tab === me || (seen[tab]?.[0] ?? 0) >= seq);
      if (ready) note(change);
      else if (held.every((other) => other.tab !== change.tab || other.seq !== change.seq)) held.push(change);
      return ready;
    });
    if (!fresh.length) return;
    const end = log.at(-1);
    const ordered = [...log, ...fresh].sort(inOrder);
    const inPlace = !end || fresh.every((change) => inOrder(end, change) < 0);
    log = ordered;
    if (inPlace) fresh.sort(inOrder).forEach(follow);
    else refold();
    repair();
  };

  /** Makes a change that was accepted where it was made. Here it comes second, and may be refused: then so it is. @param {Change} change */
  const follow = (change) => {
    try {
      make(change);
      lost.delete(change);
    } catch (error) {
      if (change.tab === me && !lost.has(change)) {
        lost.add(change);
        const { commands = [] } = JSON.parse(change.request ?? "{}");
        home.notice({ type: "refused", instance: change.name, error: /** @type {CartError} */ (error), commands });
      }
    }
  };
  /** This tab's own that were refused when an earlier change of another tab's became known. @type {Set<Change>} */
  const lost = new Set();

  /** Makes all changes again from the base on, in their order. */
  const refold = () => {
    middle = undefined;
    shelf.read(base);
    log.forEach(follow);
  };

  /**
   * Takes over carts that another tab wrote.
   * @param {string} text
   * @param {Seen} its
   */
  const adopt = (text, its) => {
    shelf.read(text);
    seen = { ...its };
    for (const [, at] of Object.values(its)) latest = Math.max(latest, at);
    base = text;
    log = [];
    middle = undefined;
  };

  // Storage ----------------------------------------------------------------------------------------------------------

  /** @param {string} tab @returns {Change[]} */
  const changesOf = (tab) => {
    try {
      const raw = storage().getItem(`${key}:${tab}`);
      return raw == null ? [] : JSON.parse(codec.decode(raw)).map((/** @type {Change} */ change) => ({ ...change, tab }));
    } catch {
      return [];
    }
  };

  /** Looks what stands in storage, and makes one of it and what is in hand. */
  const look = () => {
    const raw = storage().getItem(key);
    if (raw === last && !blocked) return;
    const { its, text } = parse(raw);
    if (!its) {
      if (!Object.keys(seen).length && last === null) adopt(text, {});
      // Somebody took the carts away, or put others there. Where nothing ever stood, what lives in memory is what there is.
      else if (raw !== last) replace(text);
    } else {
      const [theirsInOurs, oursInTheirs] = [includes(seen, its), includes(its, seen)];
      if (!theirsInOurs && oursInTheirs) adopt(text, its);
      else if (theirsInOurs && oursInTheirs) {
        // The same changes, made in another order by somebody who had forgotten the order: one of the two is as good as the other.
        const ours = shelf.text();
        if (text < ours) adopt(text, its);
        better = text > ours;
      } else if (!theirsInOurs) {
        // Each has what the other lacks.
        receive(Object.keys(its).flatMap(changesOf));
        if (!includes(seen, its)) {
          const [ours, number] = [log, seen[me]?.[0] ?? 0];
          adopt(text, its);
          receive(ours);
          for (const change of ours) if (change.tab === me && change.seq === (seen[me]?.[0] ?? 0) + 1) restore(change);
          // What cannot be put back is not made twice under one number either.
          if ((seen[me]?.[0] ?? 0) < number) rename();
        }
      }
    }
    last = raw;
    stored = its ?? {};
  };

  /** Carts without numbers take the place of what is in hand: as a change of this tab's, which has seen it. @param {string} text */
  const replace = (text) => {
    const next = numbered({ name: "", text });
    make(next);
    adopt(text, seen);
    note(next);
    told = { ...seen };
    own.push(next);
    better = true;
  };

  /** Begins to count anew. */
  const rename = () => {
    me = randomName();
    own = [];
    told = {};
  };

  /** Puts a change of this tab's back on top. @param {Change} change */
  const restore = (change) => {
    note(change);
    log.push(change);
    middle = undefined;
    follow(change);
  };

  /**
   * What a shared text says; `its` is undefined where it is not one of ours.
   * @param {string | null} raw
   * @returns {{its: Seen | undefined, text: string}}
   */
  const parse = (raw) => {
    if (raw === null) return { its: undefined, text: "{}" };
    let text;
    try {
      text = codec.decode(raw);
    } catch (cause) {
      throw undecoded(cause);
    }
    if (!text.startsWith(HEAD)) return { its: undefined, text };
    // Names and numbers only: the first such pair of braces ends it.
    const end = text.indexOf("}}", HEAD.length - 1) + 2;
    return { its: JSON.parse(text.slice(4, end)).tabs, text: text[end] == "," ? `{${text.slice(end + 1)}` : "{}" };
  };

  /** Writes what is in hand. */
  const write = () => {
    if (blocked) return;
    const now = home.now();
    try {
      own = own.filter(({ seq, at }) => at > now - KEPT_MS || seq > (stored[me]?.[0] ?? 0));
      // First the changes: whatever becomes of the carts, these are found.
      if (own.length) storage().setItem(`${key}:${me}`, codec.encode(JSON.stringify(own.map(({ tab: _, ...change }) => change))));
      seen = Object.fromEntries(Object.entries(seen).filter(([, [, at]]) => at > now - 2 * REMEMBERED_MS).sort());
      const text = shelf.text();
      const raw = codec.encode(`{"":${JSON.stringify({ tabs: seen })}${text == "{}" ? "}" : `,${text.slice(1)}`}`);
      if (raw !== last) storage().setItem(key, raw);
      last = raw;
      stored = { ...seen };
      full = better = false;
      well();
      turn(text, now);
    } catch (thrown) {
      full = true;
      fail(thrown);
    }
  };

  /** Moves the base forward now and then, so that the log stays short. @param {string} text @param {number} now */
  const turn = (text, now) => {
    if (middle && middle.at > now - KEPT_MS) return;
    if (middle) {
      base = middle.text;
      log = log.slice(middle.length);
    }
    middle = { text, at: now, length: log.length };
  };

  /** Writes again in a moment, if storage then lacks something that is in hand. */
  const repair = () => {
    if (timer !== undefined || !lacks()) return;
    timer = setTimeout(
      () => {
        timer = undefined;
        sync();
        if (lacks()) write();
      },
      REPAIR_MS * (0.5 + Math.random() / 2),
    );
    alone(timer);
  };
  const lacks = () => !blocked && !full && (better || !includes(stored, seen));

  /** Looks at what other tabs may have written: the carts, and the changes of some tabs, of all when left out. @param {string[]} [tabs] */
  const sync = (tabs) => {
    try {
      look();
      if (blocked && !full) well();
      blocked = false;
      for (const tab of tabs ?? names()) receive(changesOf(tab));
      repair();
    } catch (thrown) {
      blocked = true;
      fail(thrown);
    }
    home.told();
  };

  /** The tabs whose changes stand in storage. */
  const names = () => {
    const all = storage();
    const found = Array.from({ length: all.length ?? 0 }, (_, n) => all.key?.(n) ?? "");
    return found.filter((name) => name.startsWith(`${key}:`)).map((name) => name.slice(key.length + 1));
  };

  /** Takes away what tabs left behind that are closed long since, once it is in the carts. */
  const tidy = () => {
    const before = home.now() - 2 * QUIET_MS;
    for (const tab of names())
      if (changesOf(tab).every(({ seq, at }) => at < before && (seq <= (stored[tab]?.[0] ?? 0) || at < before - REMEMBERED_MS))) storage().removeItem?.(`${key}:${tab}`);
  };

  /** @param {string | null} name what was written, null for all of it */
  const onWritten = (name) => {
    if (name === key || name === null) sync([]);
    else if (name.startsWith(`${key}:`)) sync([name.slice(key.length + 1)]);
  };

  /** @type {BroadcastChannel | undefined} */
  let channel;
  const join = () => {
    channel?.close();
    channel = !given && globalThis.BroadcastChannel && globalThis.document ? new BroadcastChannel(`pushcart ${key}`) : undefined;
    if (channel)
      channel.onmessage = ({ data }) => {
        if (!blocked) receive([data]);
        repair();
        home.told();
      };
  };

  sync();
  if (!blocked) {
    tidy();
    join();
  }
  const stop = listen({
    storage: (event) => event.storageArea === globalThis.localStorage && onWritten(event.key),
    pagehide: () => (channel?.close(), (channel = undefined)),
    pageshow: (event) => event.persisted && (join(), sync()),
    focus: () => sync(),
  });
  const leave = given?.subscribe?.(onWritten);

  /**
   * The next change of this tab's, not made yet.
   * @param {Pick<Change, "name" | "request" | "slot" | "text">} what
   * @returns {Change}
   */
  const numbered = (what) => {
    const now = home.now();
    if (seen[me] && seen[me][1] < now - QUIET_MS) rename();
    const since = Object.entries(seen).filter(([tab, [seq, at]]) => tab !== me && at > now - REMEMBERED_MS && seq !== told[tab]?.[0]);
    return { tab: me, seq: (seen[me]?.[0] ?? 0) + 1, at: Math.max(now, latest + 1), after: Object.fromEntries(since.map(([tab, [seq]]) => [tab, seq])), ...what };
  };

  /**
   * A change of this tab's.
   * @template T
   * @param {Pick<Change, "name" | "request" | "slot">} what
   * @param {(change: Change) => T} f makes it
   * @returns {T}
   */
  const change = (what, f) => {
    // What others did before comes before.
    sync([]);
    const next = numbered(what);
    const hand = home.hand(what.name);
    const stamp = hand.stamp();
    const answer = f(next);
    if (hand.stamp() !== stamp) {
      note(next);
      told = { ...seen };
      log.push(next);
      own.push(next);
      write();
      channel?.postMessage(next);
    }
    return answer;
  };

  return {
    change: (name, request) => change({ name, request }, (next) => /** @type {Changed} */ (JSON.parse(/** @type {string} */ (make(next, true))))),
    reload: () => sync(),
    put: (name, slot, precondition) => {
      sync([]);
      if (precondition != "any" && (home.hand(name).revision() ?? "absent") !== precondition) return false;
      change({ name, slot: JSON.stringify(slot) }, make);
      if (home.trouble) throw new CartError({ kind: "unavailable", reason: home.trouble.reason, message: `expected storage to take the cart, found: ${home.trouble.message}` });
      return true;
    },
    close() {
      clearTimeout(timer);
      stop();
      leave?.();
      channel?.close();
    },
  };
}

/** How a shared text begins. */
const HEAD = '{"":{"tabs":{';

/** @param {Change} a @param {Change} b */
const inOrder = (a, b) => a.at - b.at || (a.tab < b.tab ? -1 : a.tab > b.tab ? 1 : a.seq - b.seq);

/**
 * Whether `more` has every change that `less` has.
 * @param {Seen} more
 * @param {Seen} less
 */
const includes = (more, less) => Object.entries(less).every(([tab, [seq]]) => (more[tab]?.[0] ?? 0) >= seq);

/** 64 random bits. */
const randomName = () => [...globalThis.crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

/**
 * The randomness of a change: the same for whoever makes it, and no other change's.
 * @param {Change} change
 */
function entropy({ tab, seq }) {
  const words = new BigUint64Array(4);
  let state = BigInt(`0x${tab}`) + BigInt(seq) * 0xd1342543de82ef95n;
  for (let n = 0; n < 4; n++) {
    // splitmix64
    state += 0x9e3779b97f4a7c15n;
    let word = BigInt.asUintN(64, state);
    word = BigInt.asUintN(64, (word ^ (word >> 30n)) * 0xbf58476d1ce4e5b9n);
    word = BigInt.asUintN(64, (word ^ (word >> 27n)) * 0x94d049bb133111ebn);
    words[n] = word ^ (word >> 31n);
  }
  return words;
}
