// A partner's program: types made from openapi.json, a client made from the types, one order, looked up again.
import createClient from "openapi-fetch";
import type { paths } from "./api";

const [baseUrl = "", key = "", operatorId = "", productId = "", packageId = "", ...numbers] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { "X-API-KEY": key } });

async function main(): Promise<void> {
  const items = numbers.map((beneficiaryMsisdn) => ({ packageId, beneficiaryMsisdn }));
  const bought = await client.POST("/api/v1/data-bundles/buy-bulk", { body: { operatorId, productId, items } });
  if (bought.error) throw new Error(bought.error.error.message);
  const { orderId, totalAmount, recipientCount } = bought.data.data;
  const found = await client.GET("/api/v1/orders/{orderId}/status", { params: { path: { orderId } } });
  if (found.error) throw new Error(found.error.error.message);
  if (found.data.data.amount !== totalAmount) throw new Error("the order costs something else");
  console.log(`${recipientCount} recipients, ${totalAmount} GHS, order ${orderId}`);
}

main().catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
