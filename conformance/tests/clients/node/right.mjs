// tasks: buy, buy-and-wait
// A correct client in JavaScript, with the fetch of Node.js. Wrong clients extend it and call `main`.
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";

export const BUY = "/api/v1/data-bundles/buy-bulk";
export const ORDERS = "/api/v1/orders";
export const [DONE, NOT_DONE, UNKNOWN, NOT_OFFERED] = [0, 1, 2, 3];
const LONGEST_WAIT = 5;
// Error codes which show that no connection was made, so nothing was sent.
const UNSENT = ["ECONNREFUSED", "ENOTFOUND", "DEPTH_ZERO_SELF_SIGNED_CERT", "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "CERT_HAS_EXPIRED"];

export class Client {
  tries = 3;
  pause = 200;
  env = process.env;

  url(path) {
    return this.env.NETCONNECT_URL + path;
  }

  headers() {
    return { "X-API-KEY": this.env.NETCONNECT_API_KEY, "Content-Type": "application/json" };
  }

  options() {
    return { redirect: "manual", signal: AbortSignal.timeout(1000 * this.env.NETCONNECT_TIMEOUT) };
  }

  /** Status, headers and body as text, so that an answer that breaks off is none. */
  async send(method, path, body) {
    const answer = await fetch(this.url(path), { method, headers: this.headers(), body, ...this.options() });
    return { status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  item(number, packageId) {
    return { packageId, beneficiaryMsisdn: number };
  }

  order() {
    const packages = this.env.NETCONNECT_PACKAGE_IDS.split(",");
    return {
      operatorId: this.env.NETCONNECT_OPERATOR_ID,
      productId: this.env.NETCONNECT_PRODUCT_ID,
      items: this.env.NETCONNECT_RECIPIENTS.split(",").map((number, at) => this.item(number, packages[at])),
    };
  }

  post() {
    return this.send("POST", BUY, JSON.stringify(this.order()));
  }

  /** Milliseconds; nothing where the server does not say. */
  askedToWait(answer) {
    const text = answer.headers.get("retry-after")?.trim();
    if (!text) return undefined;
    return /^\d+$/.test(text) ? 1000 * text : Math.max(0, Date.parse(text) - Date.now());
  }

  async mayTryAgain(answer, tried) {
    const wait = this.askedToWait(answer) ?? this.pause * 2 ** tried;
    if (wait > 1000 * LONGEST_WAIT || tried + 1 >= this.tries) return false;
    // A timer may fire a millisecond early.
    await sleep(wait + 5);
    return true;
  }

  async buy() {
    for (let tried = 0; ; tried++) {
      let answer;
      try {
        answer = await this.post();
      } catch (error) {
        return this.failed(error);
      }
      const again = answer.status === 429 || (answer.status === 503 && answer.headers.has("retry-after"));
      if (!again) return this.told(answer);
      if (!(await this.mayTryAgain(answer, tried))) return NOT_DONE;
    }
  }

  failed(error) {
    return UNSENT.includes(error.cause?.code) ? NOT_DONE : this.lost(error);
  }

  lost() {
    return UNKNOWN;
  }

  told(answer) {
    if (answer.status >= 500) return this.lost();
    if (answer.status >= 300) return this.refused(answer);
    let body;
    try {
      body = JSON.parse(answer.text);
    } catch {
      return this.lost();
    }
    return body.success === true ? this.placed(body.data, answer.text) : UNKNOWN;
  }

  refused() {
    return NOT_DONE;
  }

  placed(data, text) {
    // The amount as it is written, since JavaScript numbers are floats.
    console.log(`placed ${data.orderId}, total ${/"totalAmount":\s*([\d.]+)/.exec(text)?.[1]} GHS`);
    return this.env.NETCONNECT_TASK === "buy" ? DONE : this.follow(data.orderId);
  }

  async follow(order) {
    const end = Date.now() + 1000 * this.env.NETCONNECT_WAIT;
    for (let pause = this.pause; Date.now() < end; pause *= 1.5) {
      await sleep(pause);
      try {
        const answer = await this.send("GET", `${ORDERS}/${order}/status`);
        if (answer.status !== 200) {
          await sleep(Math.min(this.askedToWait(answer) ?? pause, 2000) + 5);
          continue;
        }
        const { state } = JSON.parse(answer.text).data;
        if (["completed", "failed", "reversed"].includes(state.toLowerCase())) return this.ended(answer.text);
      } catch {
        // A reading that fails now may succeed later.
      }
    }
    return UNKNOWN;
  }

  ended(text) {
    return /"(failed|reversed)"/i.test(text) ? NOT_DONE : DONE;
  }

  async run() {
    const task = this.env.NETCONNECT_TASK;
    return ["buy", "buy-and-wait"].includes(task) ? this.buy() : NOT_OFFERED;
  }
}

export async function main(client) {
  process.exitCode = await client.run();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await main(new Client());
