// wrong: prices are added up as numbers and compared
// breaks: AMOUNT-EXACT
// tasks: buy
import { Client, main, UNKNOWN } from "./right.mjs";

class Wrong extends Client {
  async placed(data, text) {
    let total = 0;
    for (const id of this.env.NETCONNECT_PACKAGE_IDS.split(",")) {
      total += JSON.parse((await this.send("GET", `/api/v1/packages/${id}`)).text).data.price;
    }
    return total === data.totalAmount ? super.placed(data, text) : UNKNOWN;
  }
}

await main(new Wrong());
