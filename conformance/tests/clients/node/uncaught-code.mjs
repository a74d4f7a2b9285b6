// wrong: process.exit with the status
// breaks: END-CODE
// tasks: buy
import { Client, main } from "./right.mjs";

class Wrong extends Client {
  refused(answer) {
    return answer.status % 256;
  }
}

await main(new Wrong());
