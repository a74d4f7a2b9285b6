// wrong: fetch without a signal: it waits for minutes
// breaks: END-TIME
// tasks: buy
import { Client, main } from "./right.mjs";

class Wrong extends Client {
  options() {
    return { redirect: "manual" };
  }
}

await main(new Wrong());
