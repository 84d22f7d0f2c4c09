/** @import { Codec, Driver, KeyOptions, Opened, WebStorage } from "./types.js" */
/** @import { Home } from "./home.js" */
import { fault, invalid } from "./errors.js";
import { troubled } from "./home.js";
import { isPromise, then } from "./json.js";
import { listen, plainText, undecoded, unwritten, webStorage } from "./web.js";

/**
 * Keeps the carts in the tab's sessionStorage: they survive a reload and die with the tab.
 *
 * All carts of the shopper stand under one key, `cart` when left out: `{"default": {…}, "wishlist": {…}}`. What stands there and
 * is not a cart's is left as it is and told by an event (`storage`); so is storage that is full or forbidden. The cart lives on
 * in memory then, and what could not be written for want of room is tried again with the next change.
 *
 * With a `codec` what is stored is encoded: encrypted, or compressed. On a server the cart is empty and in memory.
 * @overload
 * @param {KeyOptions & {codec?: Codec<"now">, storage?: WebStorage}} [options]
 * @returns {Driver<"now">}
 */
/**
 * @overload
 * @param {KeyOptions & {codec: Codec<"now" | "later">, storage?: WebStorage}} options
 * @returns {Driver<"now">}
 */
/**
 * @param {KeyOptions & {codec?: Codec<any>, storage?: WebStorage}} [options]
 * @returns {Driver<"now">}
 */
export function sessionDriver({ key = "cart", codec, storage } = {}) {
  if (typeof key != "string" || !key) throw invalid("expected a key as text", "key");
  return { open: (home) => (codec || storage ? encoded(home, key, codec ?? plainText, storage) : attached(home, key)) };
}

/** Who else of this document keeps carts under a key: no `storage` event tells them. @type {Map<string, Set<() => unknown>>} */
const neighbours = /* @__PURE__ */ new Map();

/**
 * @param {string} key
 * @param {() => unknown} reload
 */
function neighbour(key, reload) {
  const all = neighbours.get(key) ?? new Set();
  neighbours.set(key, all.add(reload));
  const stop = listen({
    // Another page of this tab may have changed the cart while this one was kept for the way back.
    pageshow: (event) => event.persisted && reload(),
    // A frame of the same tab changed it.
    storage: (event) => (event.key === key || event.key === null) && reload(),
  });
  return {
    tell() {
      if (all.size > 1) for (const other of all) if (other !== reload) other();
    },
    leave() {
      all.delete(reload);
      stop();
    },
  };
}

/**
 * The core's own way to sessionStorage: the text is written from its memory as it lies there.
 * @param {Home} home
 * @param {string} key
 * @returns {Opened}
 */
function attached(home, key) {
  const { shelf } = home;
  // Nothing is written over what could not be read.
  let blocked = true;
  const read = () => {
    const before = shelf.text();
    try {
      if (blocked) shelf.attach("session", key);
      else shelf.reload();
      if (blocked && before != "{}" && shelf.text() == "{}") {
        // What stood in the way is gone: what lived in memory meanwhile is the cart.
        shelf.read(before);
        shelf.save();
      }
      blocked = false;
      if (home.trouble) home.notice({ type: "storage", ok: true });
    } catch (thrown) {
      blocked = true;
      const error = fault(thrown);
      if (error.reason != "no_storage") home.notice(troubled(error));
    }
    home.told();
  };
  read();
  const others = neighbour(key, read);
  return {
    reload: read,
    after() {
      if (blocked) return;
      try {
        shelf.save();
        if (home.trouble) home.notice({ type: "storage", ok: true });
        others.tell();
      } catch (thrown) {
        // Once is enough until it works again.
        if (!home.trouble) home.notice(troubled(fault(thrown)));
      }
    },
    close: others.leave,
  };
}

/**
 * Any storage with getItem and setItem, and a codec, each of which may take its time. What is written then follows what is in
 * hand, in order and always to its newest state.
 * @param {Home} home
 * @param {string} key
 * @param {Codec} codec
 * @param {WebStorage} [given]
 * @returns {Opened | Promise<Opened>}
 */
function encoded(home, key, codec, given) {
  const { shelf } = home;
  let blocked = true;
  /** What stands in storage, as it was last read or written. @type {string | null | undefined} */
  let last;
  /** A write under way, and whether there is more to write after it. @type {PromiseLike<unknown> | undefined} */
  let writing;
  let more = false;

  const storage = () => given ?? webStorage("session");
  /** @param {any} thrown */
  const fail = (thrown) => {
    const error = unwritten(fault(thrown));
    if (error.reason != "no_storage" && (!home.trouble || home.trouble.reason != error.reason)) home.notice(troubled(error));
  };
  const well = () => {
    if (home.trouble) home.notice({ type: "storage", ok: true });
  };

  const read = () => {
    /** @param {any} error */
    const refuse = (error) => {
      blocked = true;
      fail(error);
    };
    try {
      const done = then(storage().getItem(key), (/** @type {string | null} */ raw) => {
        if (raw === last && !blocked) return;
        const text = then(raw == null ? undefined : decode(codec, raw), (text) => {
          const before = shelf.text();
          shelf.read(text);
          if (blocked && before != "{}" && shelf.text() == "{}") shelf.read(before);
          last = raw;
          blocked = false;
          well();
          home.told();
        });
        return isPromise(text) ? text.then(undefined, (error) => refuse(error)) : text;
      });
      return isPromise(done) ? done.then(undefined, refuse) : done;
    } catch (error) {
      refuse(error);
    }
  };

  const write = () => {
    more = false;
    /** @type {any} */
    let done;
    try {
      done = then(codec.encode(shelf.text()), (raw) =>
        then(storage().setItem(key, raw), () => {
          last = raw;
          well();
          others.tell();
        }),
      );
    } catch (error) {
      fail(error);
    }
    if (!isPromise(done)) return;
    writing = done.then(undefined, fail).then(() => {
      writing = undefined;
      if (more) write();
    });
  };

  const others = neighbour(key, () => then(writing, read));
  /** @type {Opened} */
  const opened = {
    reload: () => then(writing, read),
    after() {
      if (blocked) return;
      if (writing) more = true;
      else write();
    },
    async saved() {
      while (writing) await writing;
    },
    status: () => (home.trouble ? "unsaved" : writing ? "saving" : "ready"),
    close: others.leave,
  };
  return then(read(), () => opened);
}

/**
 * @param {Codec} codec
 * @param {string} raw
 */
function decode(codec, raw) {
  /** @param {unknown} cause @returns {never} */
  const refuse = (cause) => {
    throw undecoded(cause);
  };
  try {
    const text = codec.decode(raw);
    return isPromise(text) ? text.then(undefined, refuse) : text;
  } catch (cause) {
    return refuse(cause);
  }
}
