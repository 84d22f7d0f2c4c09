/** What crosses every wire. Written by host/tests/wire_types.rs from the schemas of the HTTP API: change those. */

/** Minor units of the cart's currency. */
export type Amount = number;

/** Minor units, or text with a point in major units: "19.99". */
export type Price = number | string;

/** RFC 3339 in UTC: 2026-11-21T12:00:00.000Z */
export type Time = string;

/** What the line stands for in the shop's own data. */
export interface Reference {
  type: string;
  id: string;
}

/** Where lines are told apart by id and attributes: the attributes of the line that is meant. */
export type Where = Record<string, any>;

/** A thing on its way into the cart. */
export interface ItemInput {
  /** What makes it the same thing again. */
  id: string;
  name: string;
  /** Of one piece. */
  price: Price;
  /** Pieces; 1 when left out. */
  quantity?: number;
  /** Size, colour, weight: what conditions' filters and rules may ask for. */
  attributes?: Record<string, any>;
  /** Conditions on this line. Left out, those on the line stay. */
  conditions?: ConditionInput[];
  /** The least that can be bought of it. */
  minQuantity?: number;
  /** The most. */
  maxQuantity?: number;
  /** Only whole multiples of it. */
  step?: number;
  /** How many there are. */
  stock?: number;
  ref?: Reference;
}

/** quantity is absolute, delta is relative; at most one of them. */
export interface ItemUpdate {
  quantity?: number;
  delta?: number;
  price?: Price;
  name?: string;
  attributes?: Record<string, any>;
  where?: Where;
}

/** A line of the cart. */
export interface Item {
  id: string;
  name: string;
  /** Of one piece, in minor units. */
  price: Amount;
  /** Pieces. */
  quantity: number;
  attributes?: Record<string, any>;
  /** Those on this line. */
  conditions?: Condition[];
  minQuantity?: number;
  maxQuantity?: number;
  step?: number;
  stock?: number;
  ref?: Reference;
  /** The pieces' price after the conditions that act on lines. */
  subtotal: Amount;
}

export interface Filter {
  field: string;
  op: "=" | "!=" | ">" | ">=" | "<" | "<=" | "in" | "not_in" | "contains" | "not_contains" | "starts_with" | "ends_with";
  value: unknown;
}

/** As text, scope[:filters]@phase/application[#field], or as data. */
export type Target = 
  | string
  | { scope: "cart" | "items"; filters?: Filter[]; phase: "pre_item" | "item_discount" | "item_post" | "cart_subtotal" | "shipping" | "taxable" | "tax" | "payment" | "custom" | "grand_total"; application: "per_unit" | "per_item" | "per_group" | "aggregate"; groupBy?: string };

/** As text, such as -10%, +7%, -500, +5.00, *0.9 or /2, as a whole number of minor units, or as data. */
export type ConditionValue = 
  | string
  | number
  | { percent: string }
  | {
      /** Minor units, or text with a point in major units. */
      amount: number | string;
    }
  | { factor: string }
  | { divisor: string };

/** A named adjustment: a discount, a tax, shipping, a fee. */
export interface ConditionInput {
  /** Unique where it is put; the same name replaces. */
  name: string;
  /** A label, by which totals are summed; discount, tax, shipping, fee and surcharge also choose a target. */
  type: string;
  value: ConditionValue;
  /** On what it acts; left out, what its type says. */
  target?: Target;
  /** Within a phase, lower first; 0 when left out. */
  order?: number;
  attributes?: Record<string, any>;
  /** The most that it may change, in minor units. */
  cap?: number;
  /** A tax that the prices contain. */
  included?: boolean;
  /** Names of earlier taxes that join its base. */
  compoundOn?: string[];
  /** Of a group only one applies. */
  group?: string;
  /** Which one: the first by order, or the best for the shopper. */
  groupRule?: "exclusive" | "best";
  units?: Units;
  /** When it holds; left out, always. */
  rules?: Rule;
}

/** On how many pieces it acts: take of every so many, the cheapest first; of counts the pieces of other lines, max bounds them. */
export interface Units {
  every: number;
  take: number;
  max?: number;
  of?: string | Filter[];
}

/** What the catalogue says under a key. Without a name, it has the definition's. */
export interface ConditionReference {
  name?: string;
  catalogue: string;
}

/** On a cart a condition itself or one of the catalogue; on an item a condition itself. */
export type ListedCondition = ConditionInput | ConditionReference;

/** As it was put on, value and target as canonical text; or a reference to the catalogue, which has a catalogue and no value. */
export interface Condition {
  name: string;
  type: string;
  catalogue?: string;
  units?: Units;
  value?: ConditionValue;
  target?: Target;
  order?: number;
  attributes?: Record<string, any>;
  cap?: number;
  included?: boolean;
  compoundOn?: string[];
  group?: string;
  groupRule?: "exclusive" | "best";
  rules?: Rule;
}

/** Values of any kind; null removes. */
export type Metadata = Record<string, any>;

export type Command = 
  | { do: "add"; item: ItemInput }
  | { do: "update"; id: string; quantity?: number; delta?: number; price?: Price; name?: string; attributes?: Record<string, any>; where?: Where }
  | { do: "remove"; id: string; where?: Where }
  | { do: "clear" }
  | { do: "destroy" }
  | { do: "addCondition"; condition: ListedCondition; item?: string; where?: Where }
  | { do: "addPreset"; preset: Preset; name?: string; with?: Record<string, any>; item?: string; where?: Where }
  | { do: "removeCondition"; name: string; item?: string; where?: Where }
  | { do: "removeConditionsByType"; type: string; item?: string; where?: Where }
  | { do: "clearConditions"; item?: string; where?: Where }
  | { do: "setMetadata"; values: Metadata }
  | { do: "clearMetadata" }
  | { do: "reprice"; prices: Record<string, Price>; policy?: "refresh" | "keep" | "ask" }
  | { do: "checkOut"; order?: string }
  | { do: "move"; id: string; to: string; where?: Where };

export interface ChangeRequest {
  commands: Command[];
  /** absent, or INCARNATION.VERSION */
  basedOn?: string;
  idempotencyKey?: string;
  currency?: string;
  rounding?: "half_up" | "half_even" | "floor" | "ceil";
}

/** What a line costs. */
export interface LineTotals {
  id: string;
  /** Price times quantity. */
  gross: Amount;
  /** What conditions on lines changed. */
  itemAdjustments: Amount;
  /** Its part of the subtotal. */
  net: Amount;
  /** Its share of what each later phase changed. */
  shares: Record<string, Amount>;
  /** Its part of the total. */
  total: Amount;
}

/** What a condition did, or why it did nothing. */
export interface BreakdownEntry {
  name: string;
  type: string;
  /** The line, of a condition on a line. */
  item?: string;
  /** Who provided it. */
  provider?: string;
  phase?: string;
  /** What it was computed on. */
  base?: Amount;
  /** Before rounding: a decimal if it ends within 12 places, else n/d. */
  exact?: string;
  /** What it changed. */
  amount: Amount;
  /** What it did not take, since nothing was left. */
  cutOff?: Amount;
  applied: boolean;
  /** The prices contain it: it is in no sum. */
  included?: boolean;
  /** Taxes that it compounds on and that are not there. */
  missing?: string[];
  /** Why it did not apply. */
  reason?: "rule_not_met" | "rule_error" | "zone_unavailable" | "no_match" | "group" | "division_by_zero" | "empty_cart" | "unsupported" | "inactive" | "not_in_catalogue" | "provider_failed" | "provider_slow";
  /** What there is to say about the reason: the zone, the mistake, the group. */
  detail?: string;
}

export interface Explanation {
  currency: string;
  subtotalWithoutConditions: Amount;
  total: Amount;
  steps: (BreakdownEntry & { value?: string; text: string })[];
  /** All of it to read. */
  text: string;
}

/** What a cart costs, all in minor units. total = subtotal + shipping + fees + tax + adjustments. */
export interface Totals {
  /** ISO 4217. */
  currency: string;
  /** Pieces. */
  quantity: number;
  lines: number;
  /** Prices times quantities. */
  subtotalWithoutConditions: Amount;
  /** The goods after their discounts. */
  subtotal: Amount;
  /** How much the goods were reduced: 0 or more. */
  discount: Amount;
  shipping: Amount;
  fees: Amount;
  /** On top of the prices. */
  tax: Amount;
  /** Contained in the prices: in no sum. */
  taxIncluded: Amount;
  /** Reductions after the goods: 0 or less. */
  adjustments: Amount;
  /** What is to be paid. */
  total: Amount;
  /** What the shopper does not pay: discount and adjustments. */
  savings: Amount;
  /** What conditions changed, by their type. */
  byType: Record<string, Amount>;
  lineTotals: LineTotals[];
  /** One entry per condition, in the order in which they act. */
  breakdown: BreakdownEntry[];
  /** From when on time alone may make it cost something else; left out for never. */
  validUntil?: string;
}

/** A cart as its readers see it. */
export interface Content {
  owner?: string;
  /** Whose cart. */
  identifier: string;
  /** Which of theirs. */
  instance: string;
  id: string;
  version: number;
  incarnation: string;
  currency: string;
  rounding: "half_up" | "half_even" | "floor" | "ceil";
  items: Item[];
  conditions: Condition[];
  metadata: Record<string, any>;
  totals: Totals;
  createdAt: Time;
  updatedAt: Time;
  expiresAt?: Time;
  /** When it was checked out; it is read-only since. */
  convertedAt?: Time;
  /** The shop's reference to the order. */
  order?: string;
}

export interface NoCart {
  exists: false;
}

/** Value and target are left out where the catalogue says them. */
export interface EventCondition {
  name: string;
  type: string;
  value?: string;
  target?: string;
}

/** What every event says. */
export interface EventFacts {
  /** INCARNATION.VERSION.INDEX: the same event always has the same id. */
  id: string;
  at: Time;
  owner?: string;
  /** Whose cart. */
  identifier: string;
  /** Which of theirs. */
  instance: string;
  cartId: string;
  /** Of the cart after the change. */
  version: number;
}

/** What happened. cart.updated closes every change. */
export type Event = EventFacts & (
  | { type: "cart.created" | "cart.cleared" | "cart.destroyed" | "cart.metadata.cleared" }
  | {
      type: "cart.item.added" | "cart.item.updated" | "cart.item.removed";
      itemId: string;
      itemName: string;
      /** Pieces on the line after the event; of a line that went, before. */
      quantity: number;
      /** Of one piece. */
      price: Amount;
    }
  | {
      type: "cart.condition.added";
      condition: EventCondition;
      /** By how much the total changed. */
      impact: Amount;
    }
  | {
      type: "cart.condition.removed";
      condition: EventCondition;
      /** By how much the total changed. */
      impact: Amount;
      /** What the shopper pays more since. */
      lostSavings: Amount;
      reason: "removed" | "type_removed" | "cleared";
    }
  | {
      type: "cart.item.condition.added";
      itemId: string;
      condition: EventCondition;
      /** By how much the total changed. */
      impact: Amount;
    }
  | {
      type: "cart.item.condition.removed";
      itemId: string;
      condition: EventCondition;
      /** By how much the total changed. */
      impact: Amount;
      /** What the shopper pays more since. */
      lostSavings: Amount;
      reason: "removed" | "type_removed" | "cleared";
    }
  | { type: "cart.metadata.added"; key: string; value: unknown }
  | { type: "cart.metadata.removed"; key: string }
  | { type: "cart.metadata.batch_added"; keys: string[] }
  | {
      type: "cart.checked_out";
      /** The shop's reference. */
      order?: string;
    }
  | {
      type: "cart.updated";
      /** The ids of the change's other events. */
      events: string[];
    });

/** What came of a command. Its other fields depend on the command. */
export interface Outcome {
  do: string;
  id?: string;
  name?: string;
  to?: string;
  order?: string;
  quantity?: number;
  /** Of add, how many pieces; of addPreset, the names of its conditions. */
  added?: number | string[];
  cleared?: boolean;
  destroyed?: boolean;
  replaced?: boolean;
  removed?: boolean | string[];
  set?: string[];
  policy?: "refresh" | "keep" | "ask";
  applied?: boolean;
  changed?: { id: string; old: Amount; new: Amount; quantity: number }[];
  missing?: string[];
}

export interface Changed {
  cart: Content | NoCart;
  events: Event[];
  /** One per command. */
  results: Outcome[];
  /** The change was made before, under the same key: these are its first results. */
  replayed?: true;
}

export interface Conflict {
  attemptedVersion: number;
  currentVersion: number;
  versionDifference: number;
  minor: boolean;
  incarnationChanged: boolean;
  changed: string[];
  lastChangedAt?: Time;
  safeToRetry: boolean;
  suggestions: ("retry_with_refresh" | "merge_changes" | "reload_cart" | "manual_resolution_required")[];
}

/** all, any or not of other rules, or one key with its parameters. */
export type Rule = 
  | { all: Rule[] }
  | { any: Rule[] }
  | { not: Rule }
  | { "always-true": {} }
  | { "always-false": {} }
  | { "subtotal-at-least": { amount: Price } }
  | { "subtotal-below": { amount: Price } }
  | { "subtotal-between": { min: Price; max: Price } }
  | { "total-at-least": { amount: Price } }
  | { "total-below": { amount: Price } }
  | { "total-between": { min: Price; max: Price } }
  | { "currency-is": { currency: string } }
  | { "has-any-item": {} }
  | { "min-items": { min: number } }
  | { "max-items": { max: number } }
  | { "min-quantity": { min: number } }
  | { "max-quantity": { max: number } }
  | { "has-item": { id: string } }
  | { "missing-item": { id: string } }
  | { "item-list-includes-any": { ids: string[] } }
  | { "item-list-includes-all": { ids: string[] } }
  | { "has-metadata": { key: string } }
  | { "metadata-equals": { key: string; value: unknown } }
  | { "metadata-not-equals": { key: string; value: unknown } }
  | { "metadata-in": { key: string; values: unknown[] } }
  | { "metadata-contains": { key: string; contains: unknown } }
  | { "metadata-flag-true": { key: string } }
  | { "customer-tag": { tag: string; metadata_key?: string } }
  | { "day-of-week": {
      /** sat, saturday or 6; Sunday is 0. */
      days: (string | number)[];
      /** Of the IANA's names, such as Europe/Berlin; UTC when left out. */
      zone?: string;
    } }
  | { "date-window": { start: Time; end: Time } }
  | { "time-window": {
      /** HH:MM */
      start: string;
      /** HH:MM */
      end: string;
      /** Of the IANA's names, such as Europe/Berlin; UTC when left out. */
      zone?: string;
    } }
  | { "item-attribute-equals": { attribute: string; value: unknown } }
  | { "item-attribute-in": { attribute: string; values: unknown[] } }
  | { "item-quantity-at-least": { quantity: number } }
  | { "item-quantity-at-most": { quantity: number } }
  | { "item-price-at-least": { amount: Price } }
  | { "item-price-at-most": { amount: Price } }
  | { "item-total-at-least": { amount: Price } }
  | { "item-total-at-most": { amount: Price } }
  | { "item-has-condition": { condition: string } }
  | { "item-id-prefix": { prefix: string } }
  | { "cart-condition-exists": { condition: string } }
  | { "cart-condition-type-exists": { type: string } };

export type Preset = "percentage-discount" | "fixed-discount" | "capped-discount" | "percentage-discount-over" | "fixed-discount-over" | "buy-x-get-y" | "bulk-discount" | "tiered-discount" | "item-percentage" | "item-fixed" | "product-discount" | "any-product-discount" | "flash-sale" | "happy-hour" | "weekend-discount" | "customer-tag-discount" | "vip-discount" | "flat-shipping" | "tiered-shipping" | "percentage-shipping" | "free-shipping" | "free-shipping-over" | "tax" | "included-tax" | "compound-tax" | "tax-exemption" | "service-fee" | "surcharge" | "small-order-fee";

/** What an event can be of. */
export type EventType = Event["type"];
