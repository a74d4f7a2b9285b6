// wrong: a body without a content type: fetch says text/plain
// breaks: SEND-TYPE
// tasks: buy
import { Client, main } from "./right.mjs";

class Wrong extends Client {
  headers() {
    const { "Content-Type": _, ...others } = super.headers();
    return others;
  }
}

await main(new Wrong());
