// wrong: console.log of the configuration
// breaks: KEY-OUTPUT
// tasks: buy
import { Client, main } from "./right.mjs";

class Wrong extends Client {
  buy() {
    console.log({ url: this.url(""), headers: this.headers() });
    return super.buy();
  }
}

await main(new Wrong());
