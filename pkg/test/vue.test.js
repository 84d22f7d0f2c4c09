/** The Vue binding, with Vue as it is published, rendered on a server and in a document. */
import assert from "node:assert/strict";
import { test } from "node:test";
import "./support/dom.js";
import { createCart, item } from "./support/pushcart.js";

const { createApp, createSSRApp, defineComponent, effectScope, h, nextTick } = await import("vue");
const { renderToString } = await import("@vue/server-renderer");
const { cartPlugin, provideCart, useCart, useCartActions } = await import("../src/vue.js");

const Total = defineComponent(() => {
  const total = useCart((cart) => cart.total);
  return () => h("b", total.value);
});
const Lines = defineComponent(() => {
  const cart = useCart();
  return () => h("ul", cart.value.items.map(({ id, name, quantity }) => h("li", { key: id }, `${quantity} ${name}`)));
});
const Page = defineComponent(() => () => h("main", [h(Total), h(Lines)]));
const settle = () => new Promise((done) => setTimeout(done));

function mount(app, html = "") {
  const root = document.createElement("div");
  root.innerHTML = html;
  app.mount(root);
  return root;
}

test("shows the cart and follows it, until it is unmounted", async () => {
  const cart = await createCart();
  cart.add(item("a", 500));
  const app = createApp(Page).use(cartPlugin(cart));
  const root = mount(app);
  assert.equal(root.textContent, "5001 Thing a");
  cart.setQuantity("a", 3);
  await nextTick();
  assert.equal(root.textContent, "15003 Thing a");
  app.unmount();
  cart.on("*", () => {});
  cart.increase("a");
});

test("renders a component only when its part changed", async () => {
  const cart = await createCart();
  cart.add([item("a", 500), item("b", 700)]);
  let renders = 0;
  const Line = defineComponent(() => {
    const ids = useCart((cart) => cart.items.map(({ id }) => id), (x, y) => String(x) === String(y));
    return () => (renders++, h("i", ids.value.join()));
  });
  mount(createApp(Line).use(cartPlugin(cart)));
  cart.setQuantity("b", 2);
  await nextTick();
  assert.equal(renders, 1);
  cart.remove("b");
  await nextTick();
  assert.equal(renders, 2);
});

test("waits for a promise of a cart with the empty one", async () => {
  let actions;
  const Button = defineComponent(() => {
    actions = useCartActions();
    return () => h("button", { disabled: !actions.value });
  });
  const promise = createCart();
  const Root = defineComponent(() => {
    provideCart(promise);
    return () => [h(Total), h(Button)];
  });
  const root = mount(createApp(Root));
  assert.equal(root.querySelector("b").textContent, "0");
  assert.equal(root.querySelector("button").disabled, true);
  await settle();
  assert.equal(root.querySelector("button").disabled, false);
  actions.value.add(item("a", 100));
  await nextTick();
  assert.equal(root.querySelector("b").textContent, "100");
});

test("the first render in the browser is what the server rendered", async () => {
  const shop = await createCart();
  shop.add(item("s", 4200));
  const snapshot = JSON.parse(JSON.stringify(shop.getSnapshot()));
  const html = await renderToString(createSSRApp(Page).use(cartPlugin(undefined, snapshot)));
  assert.equal(html, "<main><b>4200</b><ul><li>1 Thing s</li></ul></main>");
  const cart = await createCart();
  cart.add(item("mine", 900));
  const complaints = [];
  const { error, warn } = console;
  console.error = console.warn = (...words) => complaints.push(words.join(" "));
  for (const hand of [cart, Promise.resolve(cart)]) {
    const root = mount(createSSRApp(Page).use(cartPlugin(hand, snapshot)), html);
    await settle();
    assert.deepEqual(complaints, []);
    assert.equal(root.textContent, "9001 Thing mine", "and then it is the shopper's own");
  }
  Object.assign(console, { error, warn });
});

test("follows the cart in a scope of its own, and stops with it", async () => {
  const cart = await createCart();
  const app = createApp(Page).use(cartPlugin(cart));
  const scope = effectScope();
  const total = app.runWithContext(() => scope.run(() => useCart((cart) => cart.total)));
  cart.add(item("a", 5));
  assert.equal(total.value, 5);
  scope.stop();
  cart.increase("a");
  assert.equal(total.value, 5);
});

test("without a cart above it says what is missing", async () => {
  await assert.rejects(renderToString(createSSRApp(Total)), /expected cartPlugin or provideCart/);
});
