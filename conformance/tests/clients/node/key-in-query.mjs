// wrong: the key in the query
// breaks: KEY-PLACE
// tasks: buy
import { Client, main } from "./right.mjs";

class Wrong extends Client {
  url(path) {
    return `${super.url(path)}?key=${encodeURIComponent(this.env.NETCONNECT_API_KEY)}`;
  }

  headers() {
    return { "Content-Type": "application/json" };
  }
}

await main(new Wrong());
