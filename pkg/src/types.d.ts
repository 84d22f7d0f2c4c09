/** The types that are ours; those of what crosses every wire are in wire.d.ts. */

import type { Cart } from "./cart.js";
import type { Commands } from "./commands.js";
import type { Kind } from "./errors.js";
import type { Home } from "./home.js";
import type { Snapshot, Status } from "./snapshot.js";
import type { Changed, ChangeRequest, ConditionInput, Event, EventType, Command } from "./wire.js";

export type { Changed, ChangeRequest };

/** A value, or a promise of it. */
export type Maybe<T> = T | PromiseLike<T>;

// Options ---------------------------------------------------------------------------------------------------------------

/** What the core is told about carts. All may be left out. */
export interface Settings {
  /** The tenant, where there are several. */
  owner?: string;
  /** Whose carts these are: `user:42`; `guest` when left out. */
  identifier?: string;
  /** The currency of carts that begin here, ISO 4217; `USD` when left out. */
  currency?: string;
  /** How their amounts are rounded; `half_up` (half away from zero) when left out. */
  rounding?: "half_up" | "half_even" | "floor" | "ceil";
  /** What becomes of a cart whose last line goes; `destroy` when left out. */
  emptyCart?: "destroy" | "clear" | "preserve";
  /** What makes two lines two; `id` when left out. */
  lineIdentity?: "id" | "id_and_attributes";
  /** Whether shipping is taxed; true when left out. */
  taxShipping?: boolean;
  /** After how many milliseconds without a change a cart is gone; never when left out. */
  ttlMs?: number;
  /** For how many milliseconds a cart that ended is remembered, so that a late retry is known; a day when left out. */
  tombstoneMs?: number;
  /** How many lines; 1,000 when left out. */
  maxItems?: number;
  /** How many pieces a line; 10,000 when left out. */
  maxQuantity?: number;
  /** How many characters ids and names; 255 when left out. */
  maxCharacters?: number;
  /** How many bytes items, conditions and metadata each; 1 MiB when left out. */
  maxBytes?: number;
  /** How deep values of attributes and metadata; 32 when left out. */
  maxDepth?: number;
}

/** What `createCart` takes. */
export interface CreateOptions<D extends Driver = Driver> extends Settings {
  /** What keeps the carts; memory when left out. */
  driver?: D;
  /** Which cart of the shopper's; `default` when left out. */
  instance?: string;
  /** What the server rendered: the first render in the browser shows the same. */
  snapshot?: Snapshot;
  /** Definitions of conditions that carts name by their key. */
  catalogue?: Definition[];
  /** What providers of conditions (vouchers, shipping quotes) answered. */
  provided?: Provided[];
  /** The time in milliseconds since 1970, for tests; `Date.now` when left out. */
  clock?: () => number;
  /** 256 random bits as four numbers, for tests; the host's cryptographic ones when left out. */
  random?: () => BigUint64Array;
}

/** A condition of the shop's catalogue: carts name it by its key, and it may change or end for all of them. */
export interface Definition {
  key: string;
  /** False switches it off; true when left out. */
  active?: boolean;
  /** It holds for every cart, also for those that do not name it; false when left out. */
  global?: boolean;
  condition: ConditionInput;
}

/** What a provider of conditions answered: conditions, or how it failed. */
export type Provided = { provider: string } & ({ conditions: ConditionInput[] } | { failed: string } | { slow: true });

/** Where the carts stand in Web storage. */
export interface KeyOptions {
  /** The key; `cart` when left out. */
  key?: string;
}

/** Encodes what is stored: encryption, compression. Both methods may return promises. */
export interface Codec<When extends "now" | "later" = "now" | "later"> {
  encode(text: string): When extends "now" ? string : Maybe<string>;
  decode(text: string): When extends "now" ? string : Maybe<string>;
}

/** A storage of texts: sessionStorage, or anything with these two methods. */
export interface WebStorage {
  getItem(key: string): any;
  setItem(key: string, value: string): any;
  removeItem?(key: string): any;
  readonly length?: number;
  key?(index: number): string | null;
  /** Calls `listener` with the key that another page wrote, or with null when all was cleared; returns what stops it. */
  subscribe?(listener: (key: string | null) => void): () => void;
}

/** What `httpDriver` takes. */
export interface HttpOptions {
  /** Where the server is: `https://shop.example`, or a path of the page's own origin such as `/api`. */
  url: string;
  /** What goes with each request, such as an Authorization header; called for each, so that a new token is used at once. */
  headers?: HeadersInit | (() => Maybe<HeadersInit>);
  /** Instead of the host's own `fetch`. */
  fetch?: typeof globalThis.fetch;
  /** How long an answer may take; 15,000 when left out. What takes longer counts as not answered, and is asked again. */
  timeoutMs?: number;
  /** Where what waits survives a reload: the tab's sessionStorage when left out; false for nowhere. */
  keep?: WebStorage | false;
  /** Under which key there; `cart.pending` when left out. */
  key?: string;
  /**
   * Whose value holds where a late change sets what others changed meanwhile: `theirs` when left out. A function is handed the
   * conflict and decides.
   */
  onConflict?: "mine" | "theirs" | ((conflict: Conflicted) => "mine" | "theirs");
}

/** What `moveTo` takes. */
export interface MoveOptions {
  /** Only this cart; all of the shopper's when left out. */
  instance?: string;
  /** Whose carts they are there: `user:42` for a guest who signed in. The same shopper's when left out. */
  identifier?: string;
  /**
   * What happens where the new driver holds a cart of that name already: `refuse` (the default) moves nothing; `replace` puts the
   * moved cart in its place; `add` puts the moved lines, conditions and metadata into it.
   */
  existing?: "refuse" | "replace" | "add";
}

// Carts -----------------------------------------------------------------------------------------------------------------

/** The methods that answer when the driver does. */
type Changing = Exclude<keyof Commands, never> | "change" | "batch" | "reload";

/**
 * A cart whose driver answers with promises: changing does too, reading does not.
 *
 * What is read is the last known state.
 */
export type AsyncCart = {
  [K in keyof Cart]: K extends "add"
    ? {
        /** See {@link Commands.add}. */
        (item: import("./wire.js").ItemInput): Promise<number>;
        (items: import("./wire.js").ItemInput[]): Promise<number[]>;
      }
    : K extends "instance"
      ? (name: string) => AsyncCart
      : K extends Changing
        ? Cart[K] extends (...args: infer A) => infer R
          ? (...args: A) => Promise<R>
          : Cart[K]
        : Cart[K];
};

/** The cart over a driver: its methods answer as the driver does. */
export type CartOf<D> = D extends Driver<"now"> ? Cart : D extends { commit(...args: any[]): infer R } ? (R extends PromiseLike<any> ? AsyncCart : PromiseLike<any> extends R ? AsyncCart : Cart) : AsyncCart;

/** A part of a snapshot with the two verbs of a store. */
export interface Selected<T> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): T;
  getServerSnapshot(): T;
}

// Events ----------------------------------------------------------------------------------------------------------------

/** That storage cannot keep the carts, or can again. */
export interface Notice {
  type: "storage";
  /** True when it can again. */
  ok: boolean;
  kind?: Kind;
  /** `quota_exceeded`, `storage_forbidden`, `no_storage`, `foreign` (not ours), `newer` (of a later version), `unreadable`, … */
  reason?: string;
  message?: string;
}

/** A change that was shown and had to be taken back. */
export interface Refused {
  type: "refused";
  instance: string;
  /** Why. */
  error: import("./errors.js").CartError;
  /** What was taken back. */
  commands: Command[];
}

/** A change that met somebody else's change of the same thing. */
export interface Conflicted {
  type: "conflict";
  instance: string;
  /** What this page wanted. */
  commands: Command[];
  /** The parts that others changed meanwhile: `items.tee-m`, `conditions.VAT`, `metadata.note`. */
  changed: string[];
  /** Each part as this page wanted it, and as the others left it. */
  parts: { part: string; mine: unknown; theirs: unknown }[];
  /** Whose holds. */
  kept: "mine" | "theirs";
}

/** Every event of a cart. */
export type CartEvent = Event | Notice | Refused | Conflicted;

/** Event types, and what their handlers are handed. */
export type CartEvents = { [T in EventType]: OfType<Event, T> } & {
  storage: Notice;
  refused: Refused;
  conflict: Conflicted;
  "*": CartEvent;
};

/** The event of a type, out of a union in which some share their fields. */
type OfType<E, T> = E extends { type: infer U } ? (T extends U ? E & { type: T } : never) : never;

// Drivers ---------------------------------------------------------------------------------------------------------------

/**
 * What keeps carts: one of the ready-made drivers, or an object of your own with `load` and `commit`.
 */
export type Driver<When extends "now" | "later" = "now" | "later"> = BuiltIn<When> | (When extends "later" ? ScriptDriver : never);

/** A ready-made driver: of `sessionDriver()`, `httpDriver()` and the like. */
export interface BuiltIn<When extends "now" | "later"> {
  /** @internal */
  open(home: Home): Maybe<Opened>;
  /** @internal */
  readonly when?: When;
}

/** @internal What a driver does for a home. */
export interface Opened {
  /** Before a change: the last chance to see what others did. */
  before?(): void;
  /** After a change. */
  after?(name?: string, request?: string, answer?: Changed): void;
  /** Makes the change itself. */
  change?(name: string, request: string): Maybe<Changed>;
  /** A cart was asked for the first time. */
  join?(name: string): void;
  reload(name?: string): unknown;
  saved?(): Promise<void>;
  status?(): Status;
  pending?(): number;
  close(): void;
  /** Every living cart of the shopper as it is stored. Left out: those in hand. */
  records?(): Maybe<[name: string, slot: Slot][]>;
  /** Puts a slot in a cart's place; false when the precondition does not hold. Left out: into the hand. */
  put?(name: string, slot: Slot, precondition: Precondition): Maybe<boolean>;
  /** Makes a change there and waits for it, where a slot cannot be put. */
  send?(name: string, request: object): Promise<Changed>;
}

/** Which cart. Names are compared by their bytes: `Alice` is not `alice`, and a NUL is a character like any other. */
export interface Address {
  /** The tenant; empty where there is only one. */
  owner: string;
  /** Whose cart. */
  identifier: string;
  /** Which of theirs. */
  instance: string;
}

/** A cart as it is stored. Drivers move it; they need not look into it beyond `revision` and `expiresAt`. */
export interface StoredCart {
  format: 1;
  /** `INCARNATION.VERSION` */
  revision: string;
  /** RFC 3339: from then on it is absent. */
  expiresAt?: string;
  /** What it held and cost when it was stored, for plain queries. */
  summary: { quantity: number; lines: number; total: number };
  [field: string]: unknown;
}

/** What is left of a cart that ended: a driver stores it in the cart's place and hands it out until `expiresAt`. */
export interface StoredTombstone {
  format: 1;
  ended: "destroyed" | "expired" | "merged" | "swapped";
  revision: string;
  expiresAt: string;
  [field: string]: unknown;
}

/** What stands at an address. */
export type Slot = StoredCart | StoredTombstone;

/** What must hold for a write: `any`thing, `absent` for no living cart, or the revision of the one living cart. */
export type Precondition = "any" | "absent" | (string & {});

/** One cart's part of a commit. */
export interface Write {
  address: Address;
  precondition: Precondition;
  slot: Slot;
  /** What happened, to be kept in the same atomic step by drivers that deliver events. */
  events: Event[];
}

/** How a commit ended: all writes were made, or none, since the precondition of one did not hold. */
export type Committed = { done: true } | { conflict: number; current: Slot | null };

/**
 * A driver of your own. Each method may return a value or a promise of it.
 *
 * What it must promise stands in the contract suite, which runs on it: `import { contract } from "pushcart/contract"`.
 */
export interface ScriptDriver {
  /** What stands there, or null. */
  load(address: Address, context: { nowMs: number }): Maybe<Slot | null | undefined>;
  /** Makes all writes, or none. */
  commit(writes: Write[], context: { nowMs: number }): Maybe<Committed>;
  /** The names of the living carts of an identifier. */
  instances?(owner: string, identifier: string, context: { nowMs: number }): Maybe<string[]>;
  /** Calls `changed` when others may have changed the cart; returns what stops it. */
  subscribe?(address: Address, changed: () => void): (() => void) | void;
  /** What the driver holds is not needed any more. */
  close?(): Maybe<void>;
  /** What the driver can do, where it is less than everything. */
  readonly capabilities?: Capabilities;
}

/** What a driver can do. What is left out, it can; a false claim fails the contract suite. */
export interface Capabilities {
  /** Preconditions are judged in the same atomic step as the write. Without it, carts that several write lose changes. */
  compareAndSet?: boolean;
  /** Whoever chose the driver knows that it loses changes (or that there is only one writer); without it, it is not taken. */
  lastWriteWins?: boolean;
  /** How many carts one commit may hold: `any` number, or one `cart` (more are refused as `unsupported`). */
  atomic?: "any" | "cart";
  /** `instances` works. */
  instances?: boolean;
  /** Several drivers stand over one store, also in other processes; false when each has a store of its own. */
  shared?: boolean;
}

/** What the contract suite is told beside the driver. */
export interface ContractOptions extends Capabilities {
  /** Damages what stands at an address, so that nobody can read it; with it, the suite tries how the driver behaves then. */
  damage?(driver: ScriptDriver, address: Address): Maybe<void>;
  /** The events that the driver keeps for delivery, in order; with it, the suite tries that each is kept once. */
  events?(driver: ScriptDriver, address: Address): Maybe<{ id: string }[]>;
  /** The package's `createCart`; with it, the suite also tries whole carts. */
  createCart?: (options: CreateOptions<any>) => Promise<any>;
}
