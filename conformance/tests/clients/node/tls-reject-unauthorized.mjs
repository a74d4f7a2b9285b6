// wrong: NODE_TLS_REJECT_UNAUTHORIZED=0
// breaks: KEY-TLS
// tasks: buy
import { Client, main } from "./right.mjs";

class Wrong extends Client {
  buy() {
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    return super.buy();
  }
}

await main(new Wrong());
