// For runtimes that answer requests.
import { total } from "./total.js";

export default {
  async fetch() {
    return new Response(String(await total()));
  },
};
