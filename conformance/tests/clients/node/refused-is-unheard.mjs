// wrong: fetch does not throw for a status, and nobody asks
// breaks: END-REFUSED
// tasks: buy
import { Client, DONE, main } from "./right.mjs";

class Wrong extends Client {
  refused() {
    return DONE;
  }
}

await main(new Wrong());
