// A third-party WhatsApp Cloud API library, @kapso/whatsapp-cloud-api: it sends through Gupshup's partner API in
// version 3, and receives its webhooks. GET /state shows the library's result of each webhook.
//
//   npm ci && PORT=3000 PROVIDER_URL=http://127.0.0.1:8080 AUTHORIZATION=any node kapso.mjs
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";
import { WhatsAppClient } from "@kapso/whatsapp-cloud-api";
import { normalizeWebhook, verifySignature } from "@kapso/whatsapp-cloud-api/server";

const { PORT = "3000", PROVIDER_URL = "", AUTHORIZATION = "", SECRET = "" } = process.env;

const client = new WhatsAppClient({ accessToken: "example", baseUrl: PROVIDER_URL, fetch: gupshup });

// gupshup maps a call of Meta's API to Gupshup's: another path, and the token without "Bearer".
function gupshup(url, init) {
  const headers = AUTHORIZATION ? { ...init.headers, Authorization: AUTHORIZATION } : init.headers;
  return fetch(url.replace(/\/v[\d.]+\/\w+\/messages$/, "/partner/app/example/v3/message"), { ...init, headers });
}

// The message types for POST /send, each by the library's own call.
const image = { link: "https://example.com/offer.png", caption: "An offer" };
const buttons = [{ id: "yes", title: "Yes" }, { id: "no", title: "No" }];
const sections = [{ title: "Sizes", rows: [{ id: "s", title: "Small" }, { id: "l", title: "Large" }] }];
const card = { name: { formattedName: "Asha Rao", firstName: "Asha" }, phones: [{ phone: "+919000000003", type: "WORK" }] };
const body = [{ type: "body", parameters: [{ type: "text", text: "Asha" }] }];
const samples = {
  text: (to) => client.messages.sendText({ ...to, body: "Your order is on its way." }),
  image: (to) => client.messages.sendImage({ ...to, image }),
  document: (to) => client.messages.sendDocument({ ...to, document: { link: "https://example.com/bill.pdf", filename: "bill.pdf" } }),
  location: (to) => client.messages.sendLocation({ ...to, location: { latitude: 12.97, longitude: 77.59, name: "Shop" } }),
  contacts: (to) => client.messages.sendContacts({ ...to, contacts: [card] }),
  reaction: (to) => client.messages.sendReaction({ ...to, reaction: { messageId: "wamid.example", emoji: "👍" } }),
  buttons: (to) => client.messages.sendInteractiveButtons({ ...to, bodyText: "Is it right?", buttons }),
  list: (to) => client.messages.sendInteractiveList({ ...to, bodyText: "Which size?", buttonText: "Sizes", sections }),
  template: (to) => client.messages.sendTemplate({ ...to, template: { name: "welcome", language: { code: "en" }, components: body } }),
};

const state = []; // the library's result of each webhook, in their order

function webhook(raw, signatureHeader) {
  if (SECRET && !verifySignature({ appSecret: SECRET, rawBody: raw, signatureHeader })) {
    state.push({ rejected: "signature" });
    return 401;
  }
  try {
    state.push({ result: normalizeWebhook(JSON.parse(raw)) });
    return 200;
  } catch (error) {
    state.push({ rejected: String(error) });
    return 400;
  }
}

async function send({ kind, to }) {
  try {
    return { response: await samples[kind]({ phoneNumberId: "1000", to }) };
  } catch (error) {
    return { rejected: String(error) };
  }
}

const server = createServer(async (request, response) => {
  const raw = await buffer(request);
  switch (`${request.method} ${request.url}`) {
    case "POST /webhooks":
      return response.writeHead(webhook(raw, request.headers["x-hub-signature-256"])).end(); // Gupshup expects an empty body
    case "POST /send":
      return response.end(JSON.stringify(await send(JSON.parse(raw))));
    case "GET /state":
      return response.end(JSON.stringify(state));
    default:
      return response.writeHead(404).end();
  }
});
server.listen(Number(PORT), "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
