// The built package as a contender in benchmarks of carts. Not published.
import { createCart } from "./dist/inline.js";
import { pushcart } from "../tests/benches/npm/pushcart.mjs";

export default () => pushcart(createCart);
