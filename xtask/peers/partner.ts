// A partner's program on types made from openapi.json and a client made from the types: it is given its task by
// `conformance client`. Nothing of the client is set otherwise than by default, so that what it fails is the library's.
import createClient from "openapi-fetch";
import type { components, paths } from "./api";

const [DONE, NOT_DONE, UNKNOWN] = [0, 1, 2];
const task = process.env as Record<string, string>;
const list = (name: string) => task[name]!.split(",");
const client = createClient<paths>({
  baseUrl: task["NETCONNECT_URL"]!,
  headers: { "X-API-KEY": task["NETCONNECT_API_KEY"]! },
});

/** What an answer without data says: that nothing was done, or that nobody knows. */
const without = (response: Response) => (response.status < 500 ? NOT_DONE : UNKNOWN);

async function buy(): Promise<number> {
  const packages = list("NETCONNECT_PACKAGE_IDS");
  const items = list("NETCONNECT_RECIPIENTS").map((beneficiaryMsisdn, at) => ({
    packageId: packages[at]!,
    beneficiaryMsisdn,
  }));
  const [operatorId, productId] = [task["NETCONNECT_OPERATOR_ID"]!, task["NETCONNECT_PRODUCT_ID"]!];
  const bought = await client.POST("/api/v1/data-bundles/buy-bulk", { body: { operatorId, productId, items } });
  if (!bought.data) return without(bought.response);
  const { orderId, totalAmount, recipientCount } = bought.data.data;
  console.log(`${recipientCount} recipients, total ${totalAmount} GHS, order ${orderId}`);
  return task["NETCONNECT_TASK"] === "buy" ? DONE : follow(orderId);
}

async function follow(orderId: string): Promise<number> {
  const end = Date.now() + 1000 * Number(task["NETCONNECT_WAIT"]);
  while (Date.now() < end) {
    await new Promise((wake) => setTimeout(wake, 300));
    const found = await client.GET("/api/v1/orders/{orderId}/status", { params: { path: { orderId } } });
    const order: components["schemas"]["Order"] | undefined = found.data?.data;
    const state = order?.state.toLowerCase() ?? "";
    if (["completed", "failed", "reversed"].includes(state)) {
      const failed = (order?.recipients ?? []).some((it) => String(it.state).toLowerCase() !== "completed");
      return state === "completed" && !failed ? DONE : NOT_DONE;
    }
  }
  return UNKNOWN;
}

async function balance(): Promise<number> {
  const wallet = await client.GET("/api/v1/wallet-balance");
  if (!wallet.data) return NOT_DONE;
  console.log(`available ${wallet.data.data.availableBalance} GHS`);
  return DONE;
}

/** Whether nothing can have been sent: no connection, or none that can be trusted. */
function unsent(error: unknown): boolean {
  const { code = "" } = ((error as Error).cause ?? {}) as { code?: string };
  return code === "ECONNREFUSED" || /CERT/.test(code);
}

(task["NETCONNECT_TASK"] === "balance" ? balance() : buy()).then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(String(error));
    process.exit(unsent(error) ? NOT_DONE : UNKNOWN);
  },
);
