// wrong: Number() around phone numbers
// breaks: SEND-ITEMS
// tasks: buy
import { Client, main } from "./right.mjs";

class Wrong extends Client {
  item(number, packageId) {
    return super.item(Number(number), packageId);
  }
}

await main(new Wrong());
