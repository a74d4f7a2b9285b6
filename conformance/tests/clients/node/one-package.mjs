// wrong: every recipient gets the first package
// breaks: SEND-TASK
// tasks: buy
import { Client, main } from "./right.mjs";

class Wrong extends Client {
  item(number) {
    return super.item(number, this.env.NETCONNECT_PACKAGE_IDS.split(",")[0]);
  }
}

await main(new Wrong());
