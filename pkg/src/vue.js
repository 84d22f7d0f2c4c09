/**
 * Vue: `useCart(selector)`, a ref that follows the cart.
 *
 * @import { App, InjectionKey, ShallowRef } from "vue"
 * @import { Cart } from "./cart.js"
 * @import { AsyncCart } from "./types.js"
 * @import { Snapshot } from "./snapshot.js"
 */
import { getCurrentInstance, inject, onMounted, onScopeDispose, provide, shallowReadonly, shallowRef } from "vue";
import { emptySnapshot } from "./snapshot.js";

/** @typedef {{cart: ShallowRef<any>, ready: PromiseLike<unknown> | undefined, first: Snapshot | undefined}} Given */

/** @type {InjectionKey<Given>} */
const KEY = /* @__PURE__ */ Symbol("pushcart");

/**
 * @param {Cart | AsyncCart | PromiseLike<Cart | AsyncCart> | undefined} cart
 * @param {Snapshot} [snapshot]
 * @returns {Given}
 */
function given(cart, snapshot) {
  const waits = cart && "then" in cart;
  const ready = shallowRef(waits ? undefined : cart);
  return { cart: ready, ready: waits ? cart.then((cart) => (ready.value = cart)) : undefined, first: snapshot };
}

/**
 * Hands a cart to every component of an app: `app.use(cartPlugin(createCart({ … })))`.
 *
 * Until the cart is ready, and in the first render of a page that a server rendered, components see `snapshot`: what the server
 * rendered, the empty cart when left out.
 * @param {Cart | AsyncCart | PromiseLike<Cart | AsyncCart>} [cart] nothing on a server
 * @param {Snapshot} [snapshot]
 */
export const cartPlugin = (cart, snapshot) => ({
  /** @param {App} app */
  install: (app) => void app.provide(KEY, given(cart, snapshot)),
});

/**
 * Hands a cart to the components below this one.
 * @param {Cart | AsyncCart | PromiseLike<Cart | AsyncCart>} [cart] nothing on a server
 * @param {Snapshot} [snapshot] see {@link cartPlugin}
 */
export const provideCart = (cart, snapshot) => provide(KEY, given(cart, snapshot));

function useGiven() {
  const found = inject(KEY, undefined);
  if (!found) throw new Error("expected cartPlugin or provideCart above the component that asks for the cart, found neither");
  return found;
}

/**
 * The cart's snapshot, or the part of it that `selector` picks, as a ref that follows it.
 * @template [T=Snapshot]
 * @param {(snapshot: Snapshot) => T} [selector]
 * @param {(a: T, b: T) => boolean} [equal] when two are the same; `Object.is` when left out
 * @returns {Readonly<ShallowRef<T>>}
 */
export function useCart(selector = /** @type {any} */ ((/** @type {Snapshot} */ snapshot) => snapshot), equal = Object.is) {
  const { cart, ready, first } = useGiven();
  const value = shallowRef(selector(first ?? cart.value?.getSnapshot() ?? emptySnapshot()));
  let stop = () => {};
  let over = false;
  const follow = () => {
    if (over) return;
    if (!cart.value) return void ready?.then(follow);
    const update = () => {
      const next = selector(cart.value.getSnapshot());
      if (!equal(value.value, next)) value.value = next;
    };
    stop = cart.value.subscribe(update);
    update();
  };
  if (getCurrentInstance()) onMounted(follow);
  else follow();
  onScopeDispose(() => {
    over = true;
    stop();
  });
  return /** @type {any} */ (shallowReadonly(value));
}

/**
 * The cart itself, to change it, as a ref: `undefined` until it is ready.
 * @template {Cart | AsyncCart} [C=Cart]
 * @returns {Readonly<ShallowRef<C | undefined>>}
 */
export const useCartActions = () => useGiven().cart;
