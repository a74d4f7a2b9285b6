// wrong: recipients are read by one name and position
// breaks: READ-STATES
// tasks: buy-and-wait
import { Client, main, UNKNOWN } from "./right.mjs";

class Wrong extends Client {
  ended(text) {
    const order = JSON.parse(text).data;
    return order.recipients?.every((it, at) => it.index === at) ? super.ended(text) : UNKNOWN;
  }
}

await main(new Wrong());
