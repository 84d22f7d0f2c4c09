/** The React binding, with React 18 and 19 as they are published, rendered on a server and in a document. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import "./support/dom.js";
import { reactOf } from "./support/react.js";
import { createCart, item } from "./support/pushcart.js";

for (const major of [18, 19])
  describe(`React ${major}`, async () => {
    const { React, client, server, binding } = await reactOf(major);
    const { createElement: h, StrictMode, act } = React;
    const { CartProvider, useCart, useCartActions } = binding;

    test("is the React that it says", () => assert.equal(React.version.split(".")[0], String(major)));

    const mount = async (element, html) => {
      const root = document.createElement("div");
      document.body.append(root);
      const errors = [];
      let made;
      if (html !== undefined) {
        root.innerHTML = html;
        await act(async () => {
          made = client.hydrateRoot(root, element, { onRecoverableError: (error) => errors.push(error.message) });
        });
      } else {
        made = client.createRoot(root);
        await act(async () => made.render(element));
      }
      return { root, errors, render: (element) => act(async () => made.render(element)), unmount: () => act(async () => made.unmount()) };
    };

    const Total = () => h("b", null, useCart((cart) => cart.total));
    const Lines = () => h("ul", null, useCart().items.map(({ id, name, quantity }) => h("li", { key: id }, `${quantity} ${name}`)));

    test("shows the cart and follows it", async () => {
      const cart = await createCart();
      cart.add(item("a", 500));
      const { root, unmount } = await mount(h(StrictMode, null, h(CartProvider, { cart }, h(Total), h(Lines))));
      assert.equal(root.innerHTML, "<b>500</b><ul><li>1 Thing a</li></ul>");
      await act(async () => void cart.setQuantity("a", 3));
      assert.equal(root.innerHTML, "<b>1500</b><ul><li>3 Thing a</li></ul>");
      await unmount();
      cart.increase("a");
    });

    test("renders a component only when its part changed, also where the selector is written in place and makes new lists", async () => {
      const cart = await createCart();
      cart.add([item("a", 500), item("b", 700)]);
      const renders = { line: 0, ids: 0, total: 0 };
      const Line = () => (renders.line++, h("i", null, useCart((cart) => cart.items[0].quantity)));
      const Ids = () => (renders.ids++, h("i", null, useCart((cart) => cart.items.map(({ id }) => id), (x, y) => String(x) === String(y)).join()));
      const Sum = () => (renders.total++, h("i", null, useCart((cart) => cart.total)));
      const { root } = await mount(h(CartProvider, { cart }, h(Line), h(Ids), h(Sum)));
      const first = { ...renders };
      await act(async () => void cart.setQuantity("b", 2));
      assert.deepEqual(renders, { ...first, total: first.total + 1 });
      assert.equal(root.textContent, "1a,b1900");
    });

    test("waits for a promise of a cart with the empty one", async () => {
      let resolve;
      const promise = new Promise((done) => (resolve = done));
      const Button = () => {
        const cart = useCartActions();
        return h("button", { disabled: !cart, onClick: () => cart.increase("a") }, "+");
      };
      const { root } = await mount(h(StrictMode, null, h(CartProvider, { cart: promise }, h(Total), h(Button))));
      assert.equal(root.querySelector("b").textContent, "0");
      assert.equal(root.querySelector("button").disabled, true);
      const cart = await createCart();
      cart.add(item("a", 100));
      await act(async () => resolve(cart));
      assert.equal(root.querySelector("b").textContent, "100");
      await act(async () => root.querySelector("button").click());
      assert.equal(root.querySelector("b").textContent, "200");
    });

    test("a cart that does not come is an error where errors are caught", async () => {
      class Boundary extends React.Component {
        state = {};
        static getDerivedStateFromError = (error) => ({ error });
        render = () => (this.state.error ? h("p", null, this.state.error.message) : this.props.children);
      }
      const quiet = console.error;
      console.error = () => {};
      const { root } = await mount(h(Boundary, null, h(CartProvider, { cart: Promise.reject(new Error("no wasm here")) }, h(Total))));
      console.error = quiet;
      assert.equal(root.innerHTML, "<p>no wasm here</p>");
    });

    test("the first render in the browser is what the server rendered", async () => {
      const shop = await createCart({ currency: "EUR" });
      shop.add(item("s", 4200));
      const snapshot = JSON.parse(JSON.stringify(shop.getSnapshot()));
      for (const given of [undefined, snapshot]) {
        const page = (cart) => h(StrictMode, null, h(CartProvider, { cart, snapshot: given }, h(Total), h(Lines)));
        const html = server.renderToString(page(undefined));
        assert.match(html, given ? /4200/ : /<b>0<\/b>/);
        const cart = await createCart();
        cart.add(item("mine", 900));
        const complaints = [];
        const quiet = console.error;
        console.error = (...words) => complaints.push(words.join(" "));
        // Both the cart itself and a promise of it: neither may show through before the page is alive.
        for (const hand of [cart, Promise.resolve(cart)]) {
          const { root, errors } = await mount(page(hand), html);
          assert.deepEqual([errors, complaints], [[], []]);
          assert.equal(root.querySelector("b").textContent, "900", "and then it is the shopper's own");
        }
        console.error = quiet;
      }
    });

    test("another cart is shown when it is handed in", async () => {
      const [one, two] = [await createCart(), await createCart()];
      one.add(item("a", 1));
      two.add(item("a", 2));
      const { root, render } = await mount(h(CartProvider, { cart: one }, h(Total)));
      await render(h(CartProvider, { cart: two }, h(Total)));
      assert.equal(root.textContent, "2");
      await act(async () => void one.increase("a"));
      assert.equal(root.textContent, "2");
    });

    test("without a provider it says what is missing", async () => {
      assert.throws(() => server.renderToString(h(Total)), /expected a <CartProvider>/);
    });
  });
