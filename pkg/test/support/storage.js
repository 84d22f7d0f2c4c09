/** Storage of texts with a quota, and a switch that forbids it. */
export function storageOf(entries = {}) {
  const map = new Map(Object.entries(entries));
  return {
    map,
    quota: Infinity,
    forbidden: false,
    writes: 0,
    getItem(key) {
      this.check();
      return map.get(key) ?? null;
    },
    setItem(key, value) {
      this.check();
      if (value.length > this.quota) throw new DOMException("full", "QuotaExceededError");
      this.writes++;
      map.set(key, value);
    },
    check() {
      if (this.forbidden) throw new DOMException("no", "SecurityError");
    },
  };
}
