// wrong: one order after the other until what was spent is what was planned
// breaks: ONCE-ACCEPTED
// tasks: buy
import { Client, main } from "./right.mjs";

class Wrong extends Client {
  async placed(data, text) {
    if (data.status === undefined) await this.post();
    return super.placed(data, text);
  }
}

await main(new Wrong());
