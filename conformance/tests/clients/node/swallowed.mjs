// wrong: catch and go on: a lost answer ends with success
// breaks: END-UNKNOWN
// tasks: buy
import { Client, DONE, main } from "./right.mjs";

class Wrong extends Client {
  lost() {
    console.error("something went wrong");
    return DONE;
  }
}

await main(new Wrong());
