// wrong: a status that can't be read at once ends as not placed
// breaks: END-PENDING
// tasks: buy-and-wait
import { Client, main, NOT_DONE, ORDERS } from "./right.mjs";

class Wrong extends Client {
  async follow(order) {
    const answer = await this.send("GET", `${ORDERS}/${order}/status`);
    return answer.status === 200 ? super.follow(order) : NOT_DONE;
  }
}

await main(new Wrong());
