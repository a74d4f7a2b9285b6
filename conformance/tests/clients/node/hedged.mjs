// wrong: a second request after 300 ms without an answer, whichever comes first
// breaks: ONCE-LOST
// tasks: buy
import { Client, main } from "./right.mjs";

class Wrong extends Client {
  post() {
    const first = super.post();
    const later = new Promise((resolve) => setTimeout(resolve, 300));
    const done = first.then(() => true, () => true);
    return Promise.race([first, later.then(() => Promise.race([done, new Promise((r) => setTimeout(r, 1))])).then((over) => (over ? first : super.post()))]);
  }
}

await main(new Wrong());
