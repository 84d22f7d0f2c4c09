/**
 * A model of a browser's localStorage, as Chromium has it: each process has a copy. What a tab writes is in its process's copy
 * at once, and goes to the browser; the browser takes writes in the order they arrive and sends each to every process. A
 * process that has a write of its own under way for a key does not take others' values for it: its own comes later, and wins.
 * Tabs are told of others' writes by events.
 */
export class Browser {
  store = new Map();
  /** @type {Process[]} */
  processes = [];

  process() {
    const process = new Process(this);
    this.processes.push(process);
    return process;
  }

  /** All writes arrive in all processes; tabs need not have heard of it. */
  deliver() {
    for (let any = true; any; ) {
      any = false;
      for (const process of this.processes) for (const way of [process.out, process.in]) for (; way.length; any = true) way.shift()();
    }
  }

  /** One thing on its way arrives: to the browser, to a process, or to a tab. False when nothing is. @param {() => number} random */
  step(random) {
    const ways = this.processes.flatMap((process) => [process.out, process.in, ...[...process.tabs].map((tab) => tab.events)]).filter((way) => way.length);
    if (!ways.length) return false;
    ways[Math.floor(random() * ways.length)].shift()();
    return true;
  }
}

class Process {
  /** Every way keeps its order. @type {(() => void)[]} */
  out = [];
  /** @type {(() => void)[]} */
  in = [];
  tabs = new Set();
  underWay = new Map();

  /** @param {Browser} browser */
  constructor(browser) {
    this.browser = browser;
    this.copy = new Map(browser.store);
  }

  /** @param {string} key @param {string | null} value @param {Tab} tab */
  write(key, value, tab) {
    put(this.copy, key, value);
    this.underWay.set(key, (this.underWay.get(key) ?? 0) + 1);
    this.out.push(() => {
      put(this.browser.store, key, value);
      for (const process of this.browser.processes)
        process.in.push(() => {
          if (process === this) this.underWay.set(key, this.underWay.get(key) - 1);
          else if (!process.underWay.get(key)) put(process.copy, key, value);
          for (const other of process.tabs) if (other !== tab) other.events.push(() => other.listener?.(key));
        });
    });
  }

  tab() {
    return new Tab(this);
  }
}

const put = (map, key, value) => (value === null ? map.delete(key) : map.set(key, value));

/** A tab's localStorage. */
class Tab {
  /** @type {(() => void)[]} */
  events = [];
  quota = Infinity;

  /** @param {Process} process */
  constructor(process) {
    this.process = process;
    process.tabs.add(this);
  }

  /** The tab is gone: what it wrote is on its way, and it hears nothing any more. */
  kill() {
    this.process.tabs.delete(this);
  }

  get length() {
    return this.process.copy.size;
  }
  key(n) {
    return [...this.process.copy.keys()][n] ?? null;
  }
  getItem(key) {
    return this.process.copy.get(key) ?? null;
  }
  setItem(key, value) {
    if (value.length > this.quota) throw new DOMException("full", "QuotaExceededError");
    this.process.write(key, value, this);
  }
  removeItem(key) {
    this.process.write(key, null, this);
  }
  subscribe(listener) {
    this.listener = listener;
    return () => (this.listener = undefined);
  }
}
