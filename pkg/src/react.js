/**
 * React: `useCart(selector)`, over React's own useSyncExternalStore.
 *
 * @import { ReactNode } from "react"
 * @import { Cart } from "./cart.js"
 * @import { AsyncCart } from "./types.js"
 * @import { Snapshot } from "./snapshot.js"
 */
import { createContext, createElement, useContext, useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import { emptySnapshot } from "./snapshot.js";

/** @typedef {{cart: any, subscribe: Cart["subscribe"], getSnapshot: () => Snapshot, getServerSnapshot: () => Snapshot}} Store */

const Context = /* @__PURE__ */ createContext(/** @type {Store | undefined} */ (undefined));

/**
 * Hands a cart to everything below it.
 *
 * Until the cart is ready, and in the first render of a page that a server rendered, what is below sees `snapshot`: what the
 * server rendered, the empty cart when left out.
 * @param {object} props
 * @param {Cart | AsyncCart | PromiseLike<Cart | AsyncCart>} [props.cart] a cart, or what `createCart` gave; nothing on a server
 * @param {Snapshot} [props.snapshot]
 * @param {ReactNode} [props.children]
 */
export function CartProvider({ cart, snapshot, children }) {
  const waits = cart && "then" in cart;
  const [ready, setReady] = useState(/** @type {any} */ (waits ? undefined : cart));
  useEffect(() => {
    if (!waits) return setReady(cart);
    let current = true;
    cart.then(
      (cart) => current && setReady(cart),
      // Where an error boundary sees it.
      (error) =>
        setReady(() => {
          throw error;
        }),
    );
    return () => {
      current = false;
    };
  }, [cart]);
  const first = snapshot ?? ready?.getServerSnapshot() ?? emptySnapshot();
  // The same store as long as the cart is the same: what it hands on must not change with each render.
  const store = useMemo(() => {
    const getServerSnapshot = () => first;
    return { cart: ready, subscribe: ready?.subscribe ?? never, getSnapshot: ready?.getSnapshot ?? getServerSnapshot, getServerSnapshot };
  }, [ready]);
  return createElement(Context.Provider, { value: store }, children);
}

/** A store that never changes. */
const never = () => () => {};

function useStore() {
  const store = useContext(Context);
  if (!store) throw new Error("expected a <CartProvider> above the component that asks for the cart, found none");
  return store;
}

/**
 * The cart's snapshot, or the part of it that `selector` picks. The component renders again when that part changed.
 * @template [T=Snapshot]
 * @param {(snapshot: Snapshot) => T} [selector] may be written in place
 * @param {(a: T, b: T) => boolean} [equal] when two are the same; `Object.is` when left out
 * @returns {T}
 */
export function useCart(selector = /** @type {any} */ (whole), equal = Object.is) {
  const store = useStore();
  /** @type {{current: {from?: Snapshot, by?: unknown, value: T} | undefined}} */
  const last = useRef(undefined);
  /** @param {Snapshot} from */
  const pick = (from) => {
    const before = last.current;
    if (before && before.from === from && before.by === selector) return before.value;
    const next = selector(from);
    const value = before && equal(before.value, next) ? before.value : next;
    last.current = { from, by: selector, value };
    return value;
  };
  return useSyncExternalStore(
    store.subscribe,
    () => pick(store.getSnapshot()),
    () => pick(store.getServerSnapshot()),
  );
}

/** @param {Snapshot} snapshot */
const whole = (snapshot) => snapshot;

/**
 * The cart itself, to change it; `undefined` until it is ready.
 * @template {Cart | AsyncCart} [C=Cart]
 * @returns {C | undefined}
 */
export const useCartActions = () => useStore().cart;
