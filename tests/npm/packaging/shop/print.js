// For runtimes with a console.
import { total } from "./total.js";

console.log(await total());
