/** @import { Driver, MoveOptions, Slot, StoredCart, StoredTombstone } from "./types.js" */
/** @import { Command, Content } from "./wire.js" */
import { CartError, invalid } from "./errors.js";
import { Home } from "./home.js";

/** How often it is begun again when the carts change meanwhile. */
const ATTEMPTS_MAX = 4;
/** How long what stays behind says where the cart went. */
const TOMBSTONE_MS = 86_400_000;

/**
 * Moves carts to another driver: copy, read back, compare, leave a tombstone behind, switch. Until the switch the old home is
 * in charge, and nothing was taken from it; what was copied when a later step fails is taken back.
 * @param {Home} from
 * @param {Driver} driver
 * @param {MoveOptions} [options]
 */
export async function moveHome(from, driver, { instance, identifier = from.settings.identifier, existing = "refuse" } = {}) {
  if (!["refuse", "replace", "add"].includes(existing)) throw invalid(`expected refuse, replace or add, found ${JSON.stringify(existing)}`, "existing");
  await from.opened.saved?.();
  const to = new Home({ ...from.settings, ...(identifier !== undefined && { identifier }) }, from.outside);
  await to.open(driver);
  try {
    if (to.trouble) throw new CartError({ kind: to.trouble.kind ?? "unavailable", reason: to.trouble.reason, message: `expected the new driver to keep carts, found: ${to.trouble.message}` });
    /** What was copied already, in which state. @type {Map<string, string>} */
    const copied = new Map();
    for (let attempt = 1; ; attempt++) {
      const records = (await recordsOf(from)).filter(([name, slot]) => !("ended" in slot) && (instance === undefined || name === instance));
      for (const [name, slot] of records)
        if (copied.get(name) !== slot.revision) {
          await copy(from, to, name, slot, copied.has(name) ? "replace" : existing);
          copied.set(name, slot.revision);
        }
      const left = await leave(from, to, records);
      if (left) break;
      if (attempt == ATTEMPTS_MAX) throw new CartError({ kind: "conflict", message: "expected the carts to stay as they are while they move, found them changed each time" });
    }
  } catch (error) {
    to.close();
    throw error;
  }
  const moves = [...from.carts.values()].filter((cart) => instance === undefined || cart.instanceName === instance);
  for (const cart of moves) {
    from.carts.delete(cart.instanceName);
    cart._settle(to);
    to.opened.join?.(cart.instanceName);
  }
  to.attend();
  if (from.carts.size) from.attend();
  else from.close();
  from.told();
  to.told();
}

/**
 * @param {Home} home
 * @returns {Promise<[string, Slot][]>}
 */
async function recordsOf(home) {
  if (home.opened.records) return home.opened.records();
  /** @type {string[]} */
  const names = JSON.parse(home.shelf.instances()).instances;
  return names.map((name) => [name, JSON.parse(/** @type {string} */ (home.call(() => home.hand(name).stored())))]);
}

/**
 * @param {Home} from
 * @param {Home} to
 * @param {string} name
 * @param {Slot} slot
 * @param {string} existing
 */
async function copy(from, to, name, slot, existing) {
  await to.opened.reload(name);
  const hand = to.hand(name);
  const there = hand.revision();
  if (there !== undefined && existing == "refuse")
    throw new CartError({ kind: "conflict", reason: "cart_exists", message: `expected no cart ${JSON.stringify(name)} where the carts move to, found one: say what happens with it (existing: "replace" or "add")` });
  if (to.opened.send || (there !== undefined && existing == "add")) {
    // The cart as commands: what a record cannot be put into, and what goes on top of a cart that is there.
    const source = contentOf(from, to, slot, name);
    const commands = [...(there !== undefined && existing == "replace" ? EMPTY : []), ...commandsFor(source)];
    const request = { commands, idempotencyKey: `move:${slot.revision}`, currency: source.currency, ...(there === undefined && { rounding: source.rounding }) };
    if (to.opened.send) await to.opened.send(name, request);
    else await to.change(name, hand, JSON.stringify(request));
    await to.opened.saved?.();
    await to.opened.reload(name);
    const now = contentOf(to, to, undefined, name);
    for (const line of source.items) {
      const found = now.items.find((other) => other.id === line.id);
      if (!found || found.quantity < line.quantity || (existing != "add" && found.quantity != line.quantity)) throw differs(name, `items.${line.id}`);
    }
    return;
  }
  const text = JSON.stringify(slot);
  if (!(await put(to, name, slot, there ?? "absent"))) throw differs(name, "revision");
  await to.opened.reload(name);
  // Both through the core: a store may give the same cart with its fields in another order.
  const back = to.call(() => hand.stored());
  const scratch = new Home(to.settings, to.outside).hand(name);
  scratch.load(text);
  if (back !== scratch.stored()) {
    await put(to, name, tombstone(slot, to, name), hand.revision() ?? "any");
    throw differs(name, "cart");
  }
}

/** @param {string} name @param {string} part */
const differs = (name, part) =>
  new CartError({ kind: "unavailable", reason: "not_verified", message: `expected the cart ${JSON.stringify(name)} to read back from the new driver as it was written, found a difference at ${part}` });

/** @type {Command[]} */
const EMPTY = [{ do: "clear" }, { do: "clearConditions" }, { do: "clearMetadata" }];

/**
 * The cart as its readers see it: what the core makes of a slot.
 * @param {Home} home
 * @param {Home} like
 * @param {Slot | undefined} slot
 * @param {string} name
 * @returns {Content}
 */
function contentOf(home, like, slot, name) {
  if (slot) {
    home = new Home(like.settings, like.outside);
    home.hand(name).load(JSON.stringify(slot));
  }
  const text = home.call(() => home.hand(name).content());
  return text === undefined ? /** @type {any} */ ({ items: [], conditions: [], metadata: {} }) : JSON.parse(text);
}

/**
 * @param {Content} content
 * @returns {Command[]}
 */
function commandsFor({ items, conditions, metadata }) {
  /** @type {any[]} */
  const commands = items.map(({ subtotal: _, ...item }) => ({ do: "add", item }));
  for (const { type, ...condition } of /** @type {any[]} */ (conditions))
    commands.push({ do: "addCondition", condition: condition.catalogue ? condition : { type, ...condition } });
  if (Object.keys(metadata).length) commands.push({ do: "setMetadata", values: metadata });
  return commands;
}

/**
 * Leaves tombstones in the place of carts that moved; false when one of them changed meanwhile.
 * @param {Home} from
 * @param {Home} to
 * @param {[string, Slot][]} records
 */
async function leave(from, to, records) {
  for (const [name, slot] of records) {
    if (from.opened.send) await from.opened.send(name, { commands: [{ do: "destroy" }], basedOn: slot.revision });
    else if (!(await put(from, name, tombstone(slot, to, name), slot.revision))) return false;
  }
  return true;
}

/**
 * @param {Home} home
 * @param {string} name
 * @param {Slot} slot
 * @param {string} precondition
 */
async function put(home, name, slot, precondition) {
  if (home.opened.put) return home.opened.put(name, slot, precondition);
  const hand = home.hand(name);
  if (precondition != "any" && (hand.revision() ?? "absent") !== precondition) return false;
  const before = hand.stored();
  hand.load(JSON.stringify(slot));
  home.opened.after?.();
  if (!home.trouble) return true;
  hand.load(before);
  throw new CartError({ kind: "unavailable", reason: home.trouble.reason, message: `expected the driver to take the cart, found: ${home.trouble.message}` });
}

/**
 * @param {Slot} slot
 * @param {Home} to
 * @param {string} instance
 * @returns {StoredTombstone}
 */
function tombstone(slot, to, instance) {
  const now = to.now();
  const { owner = "", identifier = "guest" } = to.settings;
  return {
    format: 1,
    ended: "swapped",
    revision: slot.revision,
    successor: { owner, identifier, instance },
    journal: /** @type {StoredCart} */ (slot).journal ?? [],
    endedAt: new Date(now).toISOString(),
    expiresAt: new Date(now + TOMBSTONE_MS).toISOString(),
  };
}
