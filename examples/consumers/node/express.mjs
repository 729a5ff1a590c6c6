// A careful consumer of five providers' webhooks with Express: the same as ../app in Go. It replies to each message once
// through the provider's API, and GET /state shows the statuses of its replies.
//
//   npm ci && PORT=3000 PROVIDER=gupshup PROVIDER_URL=http://127.0.0.1:8080 node express.mjs
import { createHmac, timingSafeEqual } from "node:crypto";
import express from "express";

const { PORT = "3000", HOST = "127.0.0.1", PROVIDER = "gupshup", PROVIDER_URL = "", SECRET = "", GREET = "", VERBOSE = "", STYLE = "" } = process.env;
const route = PROVIDER === "gupshup" ? "gupshup/v2" : PROVIDER;
// STYLE selects alternative correct behavior: see ../README.md.
const style = new Set(STYLE.split(/[ ,]+/));
const largestBody = style.has("any-size") ? 64 << 20 : 1 << 20;

// The state; a real application has a database, with a unique key on marks.
let received = 0;
let duplicates = 0;
const marks = new Set();
const messages = new Map(); // by each known ID
const inbound = new Map();
const contacts = new Map();
const unread = []; // bodies that couldn't be read
const lines = new Map(); // the open work for each end user, in order

// A message's status never goes back, though webhooks can come late.
const order = ["submitted", "queued", "enqueued", "sent", "failed", "not sent", "undelivered", "delivered", "read", "clicked", "played", "deleted"];
const rank = (status) => order.indexOf(status);

const text = (value) => (typeof value === "string" ? value : "");
const word = (value) => (typeof value === "number" ? String(value) : text(value));
const object = (value) => (value !== null && typeof value === "object" && !Array.isArray(value) ? value : {});
const isNumber = (value) => /^[+0-9]+$/.test(value);
const list = (value) => (Array.isArray(value) ? value : []);
const said = (content) => text(content.text) || text(content.body) || text(content.caption) || text(content.title);

// The providers: how to split a body into items, parse an item, and send a reply.
const whole = (body) => [object(body)];

const whoOf = (sender) => ({ user: text(sender.userId), name: text(sender.name) });

function gupshup2(raw) {
  const payload = object(raw.payload);
  const inner = object(payload.payload);
  switch (text(raw.type)) {
    case "message":
      return { kind: "message", id: text(payload.id), phone: text(payload.source), what: text(payload.type), text: said(inner), ...whoOf(object(payload.sender)) };
    case "message-event":
      return { kind: "status", status: text(payload.type), code: word(inner.code), ids: [text(payload.gsId), text(payload.id), text(inner.whatsappMessageId)] };
    case "billing-event": {
      const references = object(payload.references);
      return { kind: "billing", ids: [text(references.gsId), text(references.gs_id), text(references.id)] };
    }
    case "user-event":
      return { kind: "contact", phone: text(payload.phone), status: text(payload.type) };
  }
}

// meta parses the format of WhatsApp's own API, which Tata uses too.
function meta({ message, status, contacts }) {
  if (message) {
    const what = text(message.type);
    const content = object(message[what]);
    const inner = what === "interactive" ? object(content[text(content.type)]) : content;
    const from = text(message.from);
    const contact = object(list(contacts)[0]);
    const user = text(message.from_user_id) || (isNumber(from) ? "" : from) || text(contact.user_id);
    return { kind: "message", id: text(message.id), phone: isNumber(from) ? from : "", user, name: text(object(contact.profile).name), what, text: said(inner) };
  }
  return {
    kind: "status", status: text(status.status), phone: text(status.recipient_id), user: text(status.recipient_user_id), ref: text(status.custom_callback_data),
    ids: [text(status.gs_id), text(status.id), text(status.meta_msg_id)], code: word(status.code) || list(status.errors).map((e) => word(object(e).code)).find(Boolean),
  };
}

function splitGupshup3(body) {
  if (object(body).entry === undefined) return [{ old: object(body) }]; // a billing event may have the envelope of version 2
  const values = list(body.entry).flatMap((entry) => list(object(entry).changes)).map((change) => object(object(change).value));
  return values.flatMap((value) => [...(value.billing ? [{ old: { type: "billing-event", payload: object(value.billing) } }] : []), ...list(value.messages).map((m) => ({ message: object(m), contacts: value.contacts })), ...list(value.statuses).map((s) => ({ status: object(s) }))]);
}

function splitTata(body) {
  const message = object(body).messages;
  const statuses = list(object(body).statuses).map((s) => ({ status: object(s) }));
  return message && !Array.isArray(message) ? [{ message: object(message), contacts: body.contacts }, ...statuses] : statuses;
}

function mobtexting(raw) {
  const payload = object(raw.payload);
  if (raw.event === "whatsapp:message:in") {
    const message = object(payload.message);
    return { kind: "message", id: text(payload.id), phone: text(object(payload.recipient).from), what: text(message.type), text: said(object(message.payload)) };
  }
  if (raw.event === "whatsapp:message:status") return { kind: "status", status: text(payload.status), ids: [text(payload.id)], ref: text(payload.foreign_id) };
  if (text(raw.status).startsWith("Unsubscriber created")) return { kind: "contact", phone: text(raw.receiver), status: "opted-out" };
}

function netcore(raw) {
  if (raw.message_type !== undefined) {
    const details = object(raw.message_details);
    return { kind: "message", id: text(raw.message_id), phone: text(raw.to), what: text(raw.message_type), text: said(details) || said(object(details.suggestionResponse)) };
  }
  return { kind: "status", status: text(raw.status).toLowerCase(), ids: [text(raw.message_id)], ref: text(raw.callbackdata), code: text(raw.remarks) };
}

const json = (path, headers, body) => ({ path, headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
const providers = {
  "gupshup/v2": {
    split: whole, parse: gupshup2, id: (result) => result.messageId,
    call: (it, words) => ({
      path: "/wa/api/v1/msg", headers: { apikey: "example", "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({
        channel: "whatsapp", source: "919000000000", destination: it.phone, "src.name": "ExampleApp",
        message: JSON.stringify({ type: "text", text: words, context: { msgId: it.id } }),
      }).toString(),
    }),
  },
  "gupshup/v3": {
    split: splitGupshup3, parse: (raw) => (raw.old ? gupshup2(raw.old) : meta(raw)), id: (result) => result.messages?.[0]?.id, toUser: true,
    call: (it, words) => json("/partner/app/example/v3/message", { Authorization: "example" },
      { messaging_product: "whatsapp", recipient_type: "individual", ...(it.endUser === it.phone ? { to: it.phone } : { recipient: it.user }), type: "text", text: { body: words }, context: { message_id: it.id } }),
  },
  "mobtexting/whatsapp": {
    split: whole, parse: mobtexting, id: (result) => result.data?.[0]?.id, signed: true,
    call: (it, words) => json("/api/v2/whatsapp/message/send", { Authorization: "Bearer example" },
      { channels: [{ name: "whatsapp", from: "919000000000", meta: { foreign_id: refOf(it) } }], recipient: { to: [it.phone] }, message: { type: "text", payload: { text: words } } }),
  },
  netcore: {
    split: (body) => list(body).map(object), parse: netcore, id: (result) => result.data?.[0]?.message_id,
    call: (it, words) => json("/soip/rcs/v2/message", { api_key: "example", nc_bot_id: "104" }, { messages: [{ to: it.phone, type: "Text", text: words, callbackdata: refOf(it) }] }),
  },
  "tata-omni": {
    split: splitTata, parse: meta, id: (result) => result.id,
    call: (it, words) => json("/whatsapp-cloud/messages", { Authorization: "Bearer example" },
      { to: it.phone, type: "text", source: "external", text: { body: words }, metaData: { custom_callback_data: refOf(it) }, context: { message_id: it.id } }),
  },
};
const provider = providers[route];
if (!provider) throw new Error(`start: no route is named ${route}; known: ${Object.keys(providers).join(", ")}`);

// refOf is our reference of the reply to a message: the same for every attempt.
const refOf = (it) => "reply-" + it.id;

// mark stores a name and returns whether it is new, in one atomic step.
function mark(name) {
  if (marks.has(name)) return false;
  marks.add(name);
  return true;
}

// find returns the message with one of several IDs; messages that turn out to be the same are joined.
function find(names) {
  let found;
  for (const other of names.map((name) => messages.get(name))) {
    if (!other || other === found) continue;
    if (!found) { found = other; continue; }
    if (rank(other.status) > rank(found.status)) Object.assign(found, { status: other.status, error: other.error });
    if (other.known) Object.assign(found, { name: other.name, known: true });
    for (const [name, one] of messages) if (one === other) messages.set(name, found);
  }
  found ??= { name: names[0], status: "" };
  for (const name of names) messages.set(name, found);
  return found;
}

const namesOf = (it) => [...(it.ids ?? []).filter(Boolean), ...(it.ref ? ["ref:" + it.ref] : [])];

// keyOf is the identifier of an end user: phone numbers change, and some end users have none.
const keyOf = (it) => (style.has("user-id") && provider.toUser ? it.user || it.phone : it.phone || it.user) ?? "";

function handle(it) {
  it.endUser = keyOf(it);
  switch (it.kind) {
    case "message": {
      if (!it.id || !it.what || !it.endUser) return;
      if (!mark(it.id)) return void duplicates++;
      inbound.set(it.id, { from: it.endUser, kind: it.what, text: it.text, answered: false });
      const wanted = it.text.trim().toUpperCase();
      if (wanted === "STOP" || wanted === "START") return void contacts.set(it.endUser, { opted_out: wanted === "STOP" });
      if (it.what !== "reaction" && (it.phone || provider.toUser) && !contacts.get(it.endUser)?.opted_out) later(it.endUser, () => reply(it));
      return;
    }
    case "status": {
      const names = namesOf(it);
      if (names.length === 0 || rank(it.status) < 0) return;
      if (!mark(names[0] + " " + it.status)) duplicates++;
      const message = find(names);
      if (it.endUser) message.to ??= it.endUser;
      if (rank(it.status) > rank(message.status)) Object.assign(message, { status: it.status, ...(it.status === "failed" && it.code ? { error: it.code } : {}) });
      return;
    }
    case "billing":
      if (namesOf(it).length > 0) find(namesOf(it)).billed = true;
      return;
    case "contact":
      if (it.phone && (it.status === "opted-out" || it.status === "opted-in")) contacts.set(it.endUser, { opted_out: it.status === "opted-out" });
  }
}

// later queues work for an end user: it is done in order, one at a time.
function later(endUser, work) {
  const done = (lines.get(endUser) ?? Promise.resolve()).then(work).catch((error) => console.error("reply:", error.message));
  lines.set(endUser, done);
  done.finally(() => lines.get(endUser) === done && lines.delete(endUser));
}

async function reply(it) {
  if (!PROVIDER_URL) return;
  const greeting = style.has("name") ? `Hello ${it.name || "there"}. ` : "";
  const words = greeting + (it.what === "text" && it.text ? "Received: " + it.text : "Received your " + it.what);
  const { path, headers, body } = provider.call(it, words);
  for (let attempt = 0, backoff = 200; attempt < 4; attempt++, backoff *= 2) {
    try {
      const result = await fetch(PROVIDER_URL + path, { method: "POST", headers, body });
      if (result.ok) {
        const id = provider.id(await result.json());
        const message = find([id, "ref:" + refOf(it)]);
        Object.assign(message, { name: id, known: true, to: it.endUser, status: message.status || "submitted" });
        if (inbound.has(it.id)) inbound.get(it.id).answered = true; // a greeting replies to no message
        return;
      }
      if (result.status !== 429 && result.status < 500) return; // a retry would fail too
    } catch { /* it is tried again */ }
    await new Promise((resolve) => setTimeout(resolve, backoff));
  }
}

// The signature is over the bytes as received; the comparison takes constant time.
function authentic(request) {
  const given = Buffer.from(text(request.get("Signature")), "hex");
  const wanted = createHmac("sha256", SECRET).update(request.body).digest();
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function decode(body) {
  try {
    return { value: JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body)) };
  } catch {
    return {};
  }
}

function webhook(request, response) {
  if (!request.is("application/json") && !style.has("any-type")) return response.status(415).end();
  if (!Buffer.isBuffer(request.body)) return unreadable(Buffer.alloc(0), response);
  const decoded = decode(request.body);
  const asked = object(decoded.value);
  if (asked.validation_key !== undefined && text(asked.challenge)) return response.json({ challenge: asked.challenge });
  if (provider.signed && SECRET && !authentic(request)) return response.status(401).end();
  if (!("value" in decoded)) return unreadable(request.body, response);
  if (VERBOSE) console.log("webhook", JSON.stringify(decoded.value));
  received++;
  for (const raw of provider.split(decoded.value)) {
    try {
      const it = provider.parse(raw);
      if (it) handle(it);
    } catch (error) {
      console.error("skip item:", error.message); // handle the others
    }
  }
  // Slow work is done after the response, which is empty; some frameworks write a body.
  if (style.has("response-body")) return response.sendStatus(200);
  response.status(200).end();
}

// unreadable rejects a body that can't be read, or keeps it for inspection.
function unreadable(body, response) {
  if (!style.has("keep")) return response.status(400).end();
  unread.push(body.toString());
  response.status(200).end();
}

function state(_request, response) {
  const shown = Object.fromEntries([...new Set(messages.values())].map(({ name, known, ...rest }) => [name, rest]));
  const byStatus = {};
  for (const { status } of Object.values(shown)) byStatus[status] = (byStatus[status] ?? 0) + 1;
  response.json({ received, duplicates, by_status: byStatus, messages: shown, inbound: Object.fromEntries(inbound), contacts: Object.fromEntries(contacts), unread });
}

const app = express();
app.use(express.raw({ type: () => true, limit: largestBody }));
app.post(["/", "/webhooks"], webhook);
app.get("/state", state);
app.use((_request, response) => response.status(405).set("Allow", "GET, POST").end());
app.use((error, _request, response, _next) => response.status(error.status ?? 400).end());
const server = app.listen(Number(PORT), HOST, () => {
  console.log(`listening on http://${HOST}:${server.address().port}`);
  if (GREET) later(GREET, () => reply({ id: "", phone: GREET, endUser: GREET, what: "text", text: "hello" }));
});
process.on("SIGTERM", () => server.close(() => process.exit(0))); // as PID 1 of a container, no default handler does this
