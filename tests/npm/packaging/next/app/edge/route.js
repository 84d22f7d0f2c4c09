// The same cart in the edge runtime, which takes modules that are compiled already.
import { total } from "../../total.js";

export const runtime = "edge";

export async function GET() {
  return new Response(String(await total()));
}
