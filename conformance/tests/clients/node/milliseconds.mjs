// wrong: Retry-After is taken for milliseconds
// breaks: WAIT-ASKED
// tasks: buy
import { Client, main } from "./right.mjs";

class Wrong extends Client {
  tries = 2;

  askedToWait(answer) {
    const wait = super.askedToWait(answer);
    return wait === undefined ? wait : wait / 1000;
  }
}

await main(new Wrong());
