/** The http driver against the real server, over a network that fails as networks do. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { createCart, item, sessionDriver } from "./support/pushcart.js";
import { httpDriver } from "../src/http.js";
import { serve } from "./support/server.js";
import { storageOf } from "./support/storage.js";

let server;
before(async () => (server = await serve()));
after(() => server.stop());

let shoppers = 0;
const shopper = () => `user:${process.pid}-${++shoppers}`;

/** A network between a page and the server. `lose`: "request", "reply", or a function that says so for each. */
function network() {
  const net = {
    down: false,
    lose: undefined,
    delay: 0,
    sent: [],
    answers: [],
    async fetch(url, init) {
      const request = { method: init.method ?? "GET", path: url.slice(server.url.length), body: init.body && JSON.parse(init.body), headers: new Headers(init.headers) };
      net.sent.push(request);
      if (net.delay) await new Promise((done) => setTimeout(done, Math.random() * net.delay));
      const loss = net.down ? "request" : typeof net.lose === "function" ? net.lose(request) : net.lose;
      if (loss === "request") throw new TypeError("fetch failed");
      if (loss instanceof Response) return loss;
      const response = await fetch(url, init);
      if (loss === "reply") throw new TypeError("terminated");
      return response;
    },
    posts: () => net.sent.filter(({ method }) => method === "POST"),
  };
  return net;
}

const open = async (identifier, net = network(), rest = {}, options = {}) => {
  const cart = await createCart({ identifier, currency: "EUR", driver: httpDriver({ url: server.url, fetch: net.fetch, ...rest }), ...options });
  opened.push(cart);
  return cart;
};
const opened = [];
after(() => opened.forEach((cart) => cart.close()));
const until = async (f, what = f.toString()) => {
  for (let waited = 0; !f(); waited++) {
    assert.ok(waited < 1000, `expected in ten seconds: ${what}`);
    await new Promise((done) => setTimeout(done, 10));
  }
};
const truth = async (identifier) => {
  const response = await fetch(`${server.url}/v1/carts/${encodeURIComponent(identifier)}/default`);
  return response.ok ? response.json() : undefined;
};
const heard = (cart, ...types) => {
  const events = [];
  for (const type of types) cart.on(type, (event) => events.push(event));
  return events;
};

describe("with a network", () => {
  test("a change acts at once, with the exact total, and is confirmed", async () => {
    const who = shopper();
    const cart = await open(who);
    assert.equal(cart.add(item("a", 1999, 2)), 2);
    cart.addCondition({ name: "VAT", type: "tax", value: "+19%" });
    assert.deepEqual([cart.total, cart.pending, cart.status], [4758, 2, "saving"]);
    const shown = cart.getSnapshot().totals;
    await cart.settled();
    assert.deepEqual([cart.pending, cart.status], [0, "ready"]);
    assert.deepEqual(cart.getSnapshot().totals, shown, "what was shown at once is what the server says");
    const there = await truth(who);
    assert.deepEqual([there.currency, there.totals], ["EUR", shown]);
    assert.equal(cart.revision, `${there.incarnation}.${there.version}`);
  });

  test("changes are sent in order, each under its own key", async () => {
    const net = network();
    const cart = await open(shopper(), net);
    net.delay = 10;
    cart.add(item("a"));
    cart.setQuantity("a", 5);
    cart.increase("a", 2);
    cart.remove("a");
    cart.add(item("a"));
    await cart.settled();
    assert.deepEqual(net.posts().map(({ body }) => body.commands[0].do), ["add", "update", "update", "remove", "add"]);
    assert.equal(new Set(net.posts().map(({ body }) => body.idempotencyKey)).size, 5);
    assert.ok(net.posts().every(({ body }) => body.basedOn === undefined), "made and sent at once: the last one wins");
    assert.equal(cart.quantity, 1);
  });

  test("other pages of the shopper follow", async () => {
    const who = shopper();
    const [one, two] = [await open(who), await open(who)];
    let calls = 0;
    two.subscribe(() => calls++);
    one.add(item("a"));
    await until(() => two.quantity === 1);
    two.increase("a");
    await until(() => one.quantity === 2);
    assert.ok(calls > 0);
  });

  test("what the server refuses is taken back and told, and what came after it stays", async () => {
    const who = shopper();
    const net = network();
    const cart = await open(who, net);
    const refused = heard(cart, "refused");
    cart.add(item("a", 100, 1, { stock: 5 }));
    await cart.settled();
    // Another page takes what there is; this one does not know it yet.
    const other = await open(who);
    net.delay = 30;
    other.increase("a", 3);
    await other.settled();
    const line = cart.item("a");
    assert.equal(cart.increase("a", 2), line.quantity + 2);
    cart.add(item("b"));
    await cart.settled();
    await until(() => cart.item("a").quantity === 4);
    assert.deepEqual(cart.items.map(({ id, quantity }) => [id, quantity]), [["a", 4], ["b", 1]]);
    assert.deepEqual(refused.map(({ instance, error, commands }) => [instance, error.kind, error.reason, commands[0].delta]), [["default", "not_purchasable", "insufficient_stock", 2]]);
  });

  test("what this page can refuse itself is never sent", async () => {
    const net = network();
    const cart = await open(shopper(), net);
    assert.throws(() => cart.add({ id: "x", name: "X", price: 19.99 }), { kind: "invalid", path: "item.price" });
    assert.throws(() => cart.setQuantity("zz", 1), { kind: "not_found" });
    cart.remove("zz");
    await cart.settled();
    assert.deepEqual(net.posts(), []);
  });

  test("a line moves to another cart, and both are as the server has them", async () => {
    const who = shopper();
    const cart = await open(who, undefined, {}, { emptyCart: "preserve" });
    cart.add([item("a", 5, 2), item("b")]);
    const wishlist = cart.instance("wishlist");
    assert.equal(cart.move("a", "wishlist"), 2);
    assert.deepEqual([cart.lines, wishlist.quantity], [1, 2]);
    await cart.settled();
    const again = await open(who);
    await again.instance("wishlist").reload();
    assert.deepEqual([again.lines, again.instance("wishlist").item("a").quantity], [1, 2]);
  });

  test("names that need encoding arrive, and those that URLs swallow are refused", async () => {
    for (const who of [`${shopper()}/a b%2F?#😀\0`, shopper()]) {
      const cart = await open(who, undefined, {}, { instance: "häuslich/#1" });
      cart.add(item("__proto__"));
      await cart.settled();
      assert.equal((await open(who, undefined, {}, { instance: "häuslich/#1" })).item("__proto__").quantity, 1);
    }
    await assert.rejects(open(".."), { kind: "invalid", path: "identifier" });
    await assert.rejects(open(shopper(), undefined, {}, { owner: "tenant" }), { kind: "invalid", path: "owner" });
    assert.throws(() => httpDriver({}), { kind: "invalid", path: "url" });
  });

  test("checking out is for what the shopper saw, and for nothing else", async () => {
    const who = shopper();
    const net = network();
    const cart = await open(who, net);
    const conflicts = heard(cart, "conflict", "refused");
    cart.add(item("a", 100));
    await cart.settled();
    const other = await open(who);
    other.addCondition({ name: "Fee", type: "fee", value: 50 });
    await other.settled();
    if (cart.total === 150) return assert.fail("the pages share a channel; this page must not know yet");
    cart.checkOut({ order: "A-1" });
    await cart.settled();
    assert.deepEqual(conflicts.map(({ type, kept, changed }) => [type, kept, changed]), [["conflict", "theirs", ["conditions.Fee"]]]);
    assert.deepEqual([cart.total, cart.getSnapshot().checkedOutAt], [150, undefined]);
    cart.checkOut({ order: "A-1" });
    await cart.settled();
    assert.equal((await truth(who)).order, "A-1");
    assert.ok(cart.getSnapshot().checkedOutAt);
    assert.throws(() => cart.increase("a"), { kind: "conflict", reason: "converted" });
  });

  test("what the server costs more or less holds where it knows more than the page", async () => {
    const who = shopper();
    // A server whose providers add a fee that the page cannot know.
    const dearer = (content) => {
      if (!content?.totals) return;
      content.totals.total += 7;
      content.totals.fees += 7;
    };
    const cart = await open(who, {
      fetch: async (...args) => {
        const response = await fetch(...args);
        const json = await response.json();
        dearer(json.cart ?? json);
        return Response.json(json, { status: response.status });
      },
    });
    cart.add(item("a", 100));
    assert.equal(cart.total, 100, "the page's own guess until the server has said");
    await cart.settled();
    assert.deepEqual([cart.total, cart.getSnapshot().total, cart.totals().fees], [107, 107, 7]);
  });
});

describe("without a network", () => {
  test("changes wait, and are sent when it is back, in order and once", async () => {
    const who = shopper();
    const net = network();
    const cart = await open(who, net);
    const notices = heard(cart, "storage");
    net.down = true;
    cart.add(item("a", 100, 2));
    cart.add(item("b", 50));
    cart.increase("a");
    await until(() => cart.status === "offline");
    assert.deepEqual([cart.total, cart.pending, cart.lines], [350, 3, 2]);
    net.down = false;
    await cart.settled();
    assert.deepEqual([cart.status, notices.map(({ ok, reason }) => reason ?? ok)], ["ready", ["network", true]]);
    assert.deepEqual((await truth(who)).items.map(({ id, quantity }) => [id, quantity]), [["a", 3], ["b", 1]]);
  });

  test("a lost reply doubles nothing", async () => {
    const who = shopper();
    const net = network();
    const cart = await open(who, net);
    let losses = 0;
    net.lose = ({ method }) => (method === "POST" && losses++ < 2 ? "reply" : undefined);
    cart.add(item("a"));
    cart.increase("a", 2);
    await cart.settled();
    assert.equal((await truth(who)).items[0].quantity, 3);
    const [first, second, third] = net.posts();
    assert.deepEqual([second.body, third.body], [first.body, first.body], "the same again, to the letter");
  });

  test("answers of somebody else's are no answers", async () => {
    const who = shopper();
    const net = network();
    const cart = await open(who, net);
    const strange = [new Response("<html>Welcome to our hotel</html>", { status: 200, headers: { "content-type": "text/html" } }), Response.json({ ok: true }), new Response("Bad gateway", { status: 502 })];
    net.lose = ({ method }) => (method === "POST" ? strange.shift() : undefined);
    cart.add(item("a"));
    await until(() => strange.length < 2);
    assert.equal(cart.quantity, 1);
    await cart.settled();
    assert.equal((await truth(who)).items[0].quantity, 1);
  });

  test("a server that cannot answer for now is asked when it says", async () => {
    const who = shopper();
    const net = network();
    const cart = await open(who, net);
    let asked = 0;
    const times = [];
    net.lose = ({ method }) => {
      if (method !== "POST") return undefined;
      times.push(Date.now());
      return asked++ < 1 ? Response.json({ type: "/problems/unavailable", title: "t", status: 503, kind: "unavailable", detail: "busy", retryAfterMs: 900 }, { status: 503 }) : undefined;
    };
    cart.add(item("a"));
    await until(() => cart.status === "unsaved");
    await cart.settled();
    assert.ok(times[1] - times[0] >= 890, `${times[1] - times[0]} ms`);
  });

  test("a timer that goes off early is as good as one in time", async () => {
    // By this clock no time passes at all: whoever asks it whether the time has come waits for ever.
    const net = network();
    const cart = await open(shopper(), net, {}, { clock: () => Date.UTC(2026, 0, 1) });
    let asked = 0;
    net.lose = ({ method }) => (method === "POST" && asked++ < 2 ? Response.json({ status: 429, kind: "limit_exceeded", detail: "slowly", retryAfterMs: 50 }, { status: 429 }) : undefined);
    cart.add(item("a"));
    await until(() => cart.pending === 0);
    assert.equal(asked, 3);
  });

  test("a token is asked for with each request, and a new one is used", async () => {
    const secret = await serve({ env: { PUSHCART_HTTP_OPERATOR_TOKEN: "right-right-right-right" }, args: ["--storage", "memory:"] });
    try {
      let token = "wrong";
      const said = [];
      const { error, log, warn } = console;
      Object.assign(console, { error: (...words) => said.push(words), log: (...words) => said.push(words), warn: (...words) => said.push(words) });
      const cart = await createCart({ identifier: "user:1", driver: httpDriver({ url: secret.url, headers: async () => ({ Authorization: `Bearer ${token}` }) }) });
      opened.push(cart);
      assert.equal(cart.trouble.kind, "unauthorized");
      cart.add(item("a"));
      token = "right-right-right-right";
      await cart.settled();
      Object.assign(console, { error, log, warn });
      assert.deepEqual([cart.status, said], ["ready", []]);
    } finally {
      await secret.stop();
    }
  });

  test("a reload of the page loses nothing of what waits", async () => {
    const who = shopper();
    const net = network();
    const keep = webStorageOf();
    const cart = await open(who, net, { keep });
    cart.add(item("a", 100));
    await cart.settled();
    net.down = true;
    cart.add(item("b", 10, 2));
    cart.setQuantity("a", 4);
    assert.equal(cart.total, 420);
    cart.close();
    const offline = network();
    offline.down = true;
    const again = await open(who, offline, { keep });
    assert.deepEqual([again.total, again.pending, again.status, again.lines], [420, 2, "offline", 2]);
    const stranger = await open(shopper(), undefined, { keep });
    assert.deepEqual([stranger.exists, stranger.pending], [false, 0], "what waits is for the shopper who asked for it");
    offline.down = false;
    await again.settled();
    assert.deepEqual((await truth(who)).items.map(({ id, quantity }) => [id, quantity]), [["a", 4], ["b", 2]]);
    assert.deepEqual([...keep.map.keys()], ["cart.pending"]);
    assert.ok(!JSON.stringify([...keep.map]).includes("Bearer"));
  });

  test("two pages that share what waits make it once", async () => {
    const who = shopper();
    const keep = webStorageOf();
    const net = network();
    net.down = true;
    const one = await open(who, net, { keep });
    one.add(item("a"));
    one.increase("a");
    const two = await open(who, net, { keep });
    assert.deepEqual([two.quantity, two.pending], [2, 2]);
    net.down = false;
    await Promise.all([one.settled(), two.settled()]);
    assert.equal((await truth(who)).items[0].quantity, 2);
    await until(() => one.quantity === 2 && two.quantity === 2);
  });

  test("a full storage for what waits is told, and nothing else is the worse for it", async () => {
    const keep = webStorageOf();
    keep.quota = 10;
    const cart = await open(shopper(), undefined, { keep });
    const notices = heard(cart, "storage");
    cart.add(item("a"));
    await cart.settled();
    assert.deepEqual(notices.map(({ reason }) => reason), ["quota_exceeded"]);
    assert.equal(cart.status, "ready");
  });
});

describe("late changes", () => {
  const part = async (options) => {
    const who = shopper();
    const net = network();
    const [here, there] = [await open(who, net, options), await open(who)];
    here.add([item("a", 100, 1), item("b", 100, 1)]);
    await here.settled();
    await there.reload();
    const events = heard(here, "conflict", "refused");
    net.down = true;
    here.setMetadata({ wake: 1 });
    await until(() => here.status === "offline");
    return { who, net, here, there, events };
  };

  test("that add are added, whatever others did", async () => {
    const { who, net, here, there, events } = await part();
    here.increase("a", 2);
    there.increase("a", 5);
    there.setQuantity("b", 9);
    await there.settled();
    net.down = false;
    await here.settled();
    assert.deepEqual([(await truth(who)).items.map(({ quantity }) => quantity), events], [[8, 9], []]);
  });

  test("that set something go through where others changed other things", async () => {
    const { who, net, here, there, events } = await part();
    here.setQuantity("a", 4);
    here.setQuantity("a", 6);
    there.setQuantity("b", 9);
    there.setMetadata({ note: "x" });
    await there.settled();
    net.down = false;
    await here.settled();
    assert.deepEqual([(await truth(who)).items.map(({ quantity }) => quantity), events], [[6, 9], []]);
    const based = net.posts().filter(({ body }) => body.commands[0].quantity);
    assert.ok(based.every(({ body }) => body.basedOn), "they say what they are based on");
  });

  for (const [onConflict, kept, quantity] of [["theirs", "theirs", 7], ["mine", "mine", 4], [() => "mine", "mine", 4], [undefined, "theirs", 7]])
    test(`that set what others set are in conflict, and ${onConflict} holds`, async () => {
      const { who, net, here, there, events } = await part(onConflict && { onConflict });
      here.setQuantity("a", 4);
      here.increase("b");
      there.setQuantity("a", 7);
      await there.settled();
      net.down = false;
      await here.settled();
      assert.equal((await truth(who)).items[0].quantity, quantity);
      assert.equal((await truth(who)).items[1].quantity, 2);
      await until(() => here.item("a").quantity === quantity);
      assert.equal(events.length, 1);
      const [{ type, changed, parts }] = events;
      assert.deepEqual([type, events[0].kept, changed], ["conflict", kept, ["items.a"]]);
      assert.deepEqual([parts[0].mine.quantity, parts[0].theirs.quantity], [4, 7]);
    });

  for (const arrived of [false, true])
    test(`whose first sending ${arrived ? "arrived without an answer" : "was lost"} overwrite nothing either`, async () => {
      const who = shopper();
      const net = network();
      let ahead = 0;
      const here = await open(who, net, {}, { clock: () => Date.now() + ahead });
      const there = await open(who);
      here.add(item("a", 100, 1));
      await here.settled();
      await there.reload();
      const events = heard(here, "conflict", "refused");
      net.lose = ({ method }) => (method === "POST" ? (arrived ? "reply" : "request") : undefined);
      // Nobody knew that the network was gone: it says nothing of what it is based on.
      here.setQuantity("a", 4);
      here.increase("a");
      await until(() => here.status === "offline");
      await there.reload();
      assert.equal(there.item("a").quantity, arrived ? 4 : 1);
      there.setQuantity("a", 7);
      await there.settled();
      ahead = 60_000;
      net.lose = undefined;
      await here.settled();
      assert.equal((await truth(who)).items[0].quantity, 8);
      assert.deepEqual(events.map(({ type, kept }) => [type, kept]), arrived ? [] : [["conflict", "theirs"]]);
      await until(() => here.item("a").quantity === 8);
      assert.ok(net.posts().some(({ body }) => body.basedOn && body.commands[0].quantity === 4));
    });

  test("of a line that is gone are refused, and do not bring it back", async () => {
    const { who, net, here, there, events } = await part({ onConflict: "mine" });
    here.setQuantity("a", 4);
    there.remove("a");
    await there.settled();
    net.down = false;
    await here.settled();
    assert.deepEqual((await truth(who)).items.map(({ id }) => id), ["b"]);
    assert.deepEqual(events.map(({ type, error }) => [type, error?.kind]), [["conflict", undefined], ["refused", "not_found"]]);
    await until(() => here.lines === 1);
  });

  test("that clear what others filled are in conflict", async () => {
    const { who, net, here, there, events } = await part();
    here.clear();
    there.add(item("c"));
    await there.settled();
    net.down = false;
    await here.settled();
    assert.deepEqual([(await truth(who)).items.length, events.map(({ type, changed }) => [type, changed])], [3, [["conflict", ["items.c"]]]]);
    await until(() => here.lines === 3);
  });
});

describe("moving", () => {
  test("a guest's cart goes into the user's at login, once, however often it is tried", async () => {
    const storage = storageOf();
    const guest = await createCart({ currency: "EUR", driver: sessionDriver({ storage }) });
    guest.add([item("a", 100, 2), item("g", 5)]);
    guest.setMetadata({ note: "gift" });
    guest.addCondition({ name: "VAT", type: "tax", value: "+10%" });
    const who = shopper();
    const user = await open(who);
    user.add([item("a", 100, 1), item("u", 7)]);
    await user.settled();
    const net = network();
    net.lose = ({ method }) => (method === "POST" ? "reply" : undefined);
    const driver = () => httpDriver({ url: server.url, fetch: net.fetch });
    const before = guest.getSnapshot();
    await assert.rejects(guest.moveTo(driver(), { existing: "add", identifier: who }), { kind: "unavailable" });
    assert.deepEqual(guest.getSnapshot(), before, "the guest's cart is still the guest's");
    net.lose = undefined;
    await guest.moveTo(driver(), { existing: "add", identifier: who });
    assert.deepEqual(guest.items.map(({ id, quantity }) => [id, quantity]), [["a", 3], ["u", 1], ["g", 1]]);
    assert.deepEqual([guest.metadata, guest.conditions.length, (await truth(who)).totals.total], [{ note: "gift" }, 1, guest.total]);
    assert.equal(JSON.parse(storage.map.get("cart")).default.ended, "swapped");
    guest.increase("g");
    await guest.settled();
    assert.equal((await truth(who)).items.find(({ id }) => id === "g").quantity, 2);
  });

  test("from the server takes the carts along and ends them there", async () => {
    const who = shopper();
    const cart = await open(who);
    cart.add(item("a", 100, 2));
    cart.instance("wishlist").add(item("w"));
    await cart.settled();
    const storage = storageOf();
    await cart.moveTo(sessionDriver({ storage }));
    assert.deepEqual(Object.keys(JSON.parse(storage.map.get("cart"))), ["default", "wishlist"]);
    assert.equal(await truth(who), undefined);
    cart.increase("a");
    assert.equal(cart.quantity, 3);
  });
});

test("two pages and a server with random cuts: no add is lost, none doubled, all are the same in the end", async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1e9);
  let state = seed;
  const random = () => ((state = (state * 1103515245 + 12345) % 2147483648), state / 2147483648);
  const rounds = process.env.TESTS_FULL === "1" ? 40 : 6;
  for (let round = 0; round < rounds; round++) {
    const who = shopper();
    const losses = (request) => (request.method === "POST" && random() < 0.35 ? (random() < 0.5 ? "request" : "reply") : random() < 0.1 ? "request" : undefined);
    const pages = [];
    for (let n = 0; n < 2; n++) {
      const net = network();
      const cart = await open(who, net);
      net.lose = losses;
      net.delay = 5;
      pages.push({ cart, net, refused: heard(cart, "refused") });
    }
    const added = { shared: 0, 0: 0, 1: 0 };
    for (let step = 0; step < 25; step++) {
      const n = random() < 0.5 ? 0 : 1;
      const { cart, net } = pages[n];
      if (random() < 0.1) net.down = !net.down;
      const quantity = 1 + Math.floor(random() * 3);
      const id = random() < 0.5 ? "shared" : String(n);
      cart.add(item(id, 10, quantity));
      added[id] += quantity;
      if (random() < 0.4) await new Promise((done) => setTimeout(done, random() * 10));
    }
    for (const { net } of pages) {
      net.down = false;
      net.lose = undefined;
    }
    await Promise.all(pages.map(({ cart }) => cart.settled()));
    const { items } = await truth(who);
    const found = Object.fromEntries(items.map(({ id, quantity }) => [id, quantity]));
    const expected = Object.fromEntries(Object.entries(added).filter(([, quantity]) => quantity));
    assert.deepEqual(found, expected, `SEED=${seed}, round ${round}`);
    for (const { cart, refused } of pages) {
      await cart.reload();
      assert.deepEqual(Object.fromEntries(cart.items.map(({ id, quantity }) => [id, quantity])), expected, `SEED=${seed}`);
      assert.deepEqual(refused, []);
      cart.close();
    }
  }
});

/** What a browser has: storageOf with names that can be listed. */
function webStorageOf() {
  const storage = storageOf();
  return Object.defineProperties(
    Object.assign(storage, {
      key: (n) => [...storage.map.keys()][n] ?? null,
      removeItem: (name) => void storage.map.delete(name),
    }),
    { length: { get: () => storage.map.size } },
  );
}
