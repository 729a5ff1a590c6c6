// A minimal consumer of Gupshup's version 2 webhooks. GET /state shows the statuses of messages.
import { createServer } from "node:http";

// The order of a message's statuses: it never goes back, though webhooks can come late.
const progress = ["enqueued", "sent", "failed", "delivered", "read", "deleted"];
const maxBody = 1 << 20;

let received = 0;
let duplicates = 0;
const seen = new Set(); // ID and status: a real consumer stores them in its database
const statuses = new Map(); // by the ID of the API's response

function receive(event) {
  received++;
  const payload = event?.payload;
  const id = text(payload?.gsId) || text(payload?.id);
  const status = text(payload?.type);
  if (event?.type !== "message-event" || id === "" || !progress.includes(status)) {
    return; // an event that this consumer doesn't need
  }
  const key = JSON.stringify([id, status]);
  if (seen.has(key)) duplicates++;
  seen.add(key);
  if (progress.indexOf(status) > progress.indexOf(statuses.get(id))) {
    statuses.set(id, status);
  }
}

const text = (value) => (typeof value === "string" ? value : "");

async function webhook(request, response) {
  let event;
  try {
    const chunks = [];
    let size = 0;
    for await (const chunk of request) {
      size += chunk.length;
      if (size > maxBody) throw new Error("the body is too large");
      chunks.push(chunk);
    }
    const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
    event = JSON.parse(utf8.decode(Buffer.concat(chunks)));
  } catch {
    response.writeHead(400).end("the body is not JSON\n");
    return;
  }
  receive(event); // fast; do slow work after the response, which is 200 and empty
  response.writeHead(200).end();
}

function state(response) {
  const counts = {};
  for (const status of statuses.values()) counts[status] = (counts[status] ?? 0) + 1;
  response.writeHead(200, { "Content-Type": "application/json" });
  response.end(JSON.stringify({ received, duplicates, by_status: counts }) + "\n");
}

const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
  if (request.method === "POST") return webhook(request, response);
  if (request.method === "GET" && request.url === "/state") return state(response);
  response.writeHead(405, { Allow: "POST" }).end();
});
server.listen(Number(process.env.PORT || 3000), "127.0.0.1", () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
