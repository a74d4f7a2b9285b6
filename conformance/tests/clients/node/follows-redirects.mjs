// wrong: fetch follows redirects by default, with headers of one's own
// breaks: KEY-REDIRECT
// tasks: buy
import { Client, main } from "./right.mjs";

class Wrong extends Client {
  options() {
    return { ...super.options(), redirect: "follow" };
  }
}

await main(new Wrong());
