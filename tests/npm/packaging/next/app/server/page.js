// The same cart while the page is rendered, on the server.
import { total } from "../../total.js";

export const dynamic = "force-dynamic";

export default async function Page() {
  return <output>{await total()}</output>;
}
