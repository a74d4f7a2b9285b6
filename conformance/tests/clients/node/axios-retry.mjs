// wrong: a loop as axios-retry's with its condition always true
// breaks: ONCE-LOST
// tasks: buy
import { Client, main } from "./right.mjs";

class Wrong extends Client {
  async post() {
    for (let tried = 0; ; tried++) {
      try {
        const answer = await super.post();
        if (![500, 502, 504].includes(answer.status) || tried === 2) return answer;
      } catch (error) {
        if (tried === 2 || error.cause?.code) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100 * 2 ** tried));
    }
  }
}

await main(new Wrong());
