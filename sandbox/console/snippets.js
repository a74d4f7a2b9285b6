// The same request in several languages. The key comes from the environment, as it should in a partner's program.

const KEY = 'NETCONNECT_API_KEY';

const shell = (text) => `'${text.replaceAll("'", "'\\''")}'`;
// JSON's strings are strings of these languages too.
const quoted = JSON.stringify;
const indented = (text, by) => text.replaceAll('\n', `\n${' '.repeat(by)}`);

function curl({ method, url, header, met, body }) {
  const lines = [
    `curl -sS -i -X ${method} ${shell(url)}`,
    `  -H "${header}: $${KEY}"`,
    `  -H 'Content-Type: application/json'`,
    met && `  -H ${shell(`X-Sandbox: ${met}`)}`,
    `  --data-raw ${shell(JSON.stringify(body))}`,
  ];
  return lines.filter(Boolean).join(' \\\n');
}

function javascript({ method, url, header, met, body }) {
  return `const response = await fetch(${quoted(url)}, {
  method: ${quoted(method)},
  headers: {
    ${quoted(header)}: process.env.${KEY},
    "Content-Type": "application/json",${met ? `\n    "X-Sandbox": ${quoted(met)},` : ''}
  },
  body: JSON.stringify(${indented(JSON.stringify(body, null, 2), 2)}),
});
// Without an answer the money may have moved: look into the list of orders before you send it again.
console.log(response.status, await response.json());`;
}

function python({ method, url, header, met, body }) {
  return `import os
import requests

response = requests.request(
    ${quoted(method)},
    ${quoted(url)},
    headers={${quoted(header)}: os.environ["${KEY}"]${met ? `, "X-Sandbox": ${quoted(met)}` : ''}},
    json=${indented(JSON.stringify(body, null, 4), 4)},
    timeout=30,
)
# Without an answer the money may have moved: look into the list of orders before you send it again.
print(response.status_code, response.json())`;
}

function rust({ base, names, met, body }) {
  const items = body[names.items].map((item) => `\n    .to(${quoted(item[names.number])}, ${quoted(item[names.package])})`);
  const note = met ? `\n// The client has no way to ask for "${met}"; let the account meet it by the state \`provoke\`.` : '';
  return `use generated::{BulkOrder, NetConnect};

// NETCONNECT_URL=${base} and ${KEY} are read from the environment.${note}
let api = NetConnect::from_env()?;
let order = BulkOrder::new(${quoted(body[names.operator])}, ${quoted(body[names.product])})${items.join('')};
match api.buy(&order).await {
    Ok(created) => println!("{} for order {}", created.total_amount, created.order_id),
    Err(error) if error.outcome_unknown() => println!("look before you send it again: {error}"),
    Err(error) => println!("no money moved: {error}"),
}`;
}

export const snippets = { curl, javascript, python, rust };
