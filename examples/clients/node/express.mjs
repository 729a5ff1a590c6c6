// An Express application with the Express middleware of a WhatsApp Cloud API library that others wrote, whatsapp-api-js:
// it sends through Gupshup's partner API in version 3, and takes its webhooks. GET /state shows what the library made of
// each webhook.
//
//   npm ci && PORT=3000 PROVIDER_URL=http://127.0.0.1:8080 AUTHORIZATION=any node express.mjs
import express from "express";
import { WhatsAppAPI } from "whatsapp-api-js/middleware/express";
import {
  ActionButtons, ActionList, Body, BodyComponent, BodyParameter, Button, Contacts, Document, Image, Interactive, ListSection,
  Location, Name, Phone, Reaction, Row, Template, Text,
} from "whatsapp-api-js/messages";

const { PORT = "3000", PROVIDER_URL = "", AUTHORIZATION = "", SECRET = "", VERIFY_TOKEN = "" } = process.env;

// gupshup maps a call as Meta's API takes it to what Gupshup documents: another host and path, and the token without "Bearer".
function gupshup(url, init) {
  const headers = AUTHORIZATION ? { ...init.headers, Authorization: AUTHORIZATION } : init.headers;
  return fetch(new URL(url.replace(/.*\/v[\d.]+\/\w+\/messages$/, "/partner/app/example/v3/message"), PROVIDER_URL), { ...init, headers });
}

const state = []; // what the library made of each webhook, in the order in which they came

// The middleware answers with a status only; this notes the reason too.
class Library extends WhatsAppAPI {
  async post(...webhook) {
    try {
      return await super.post(...webhook);
    } catch (error) {
      state.push({ refused: String(error) });
      throw error;
    }
  }
}

const library = new Library({
  token: "example", appSecret: SECRET, secure: SECRET !== "", webhookVerifyToken: VERIFY_TOKEN, v: "v24.0", ponyfill: { fetch: gupshup },
});
// Beside what the library read from a webhook it hands over the whole.
const note = ({ raw, Whatsapp, ...told }) => void state.push({ told, raw });
library.on.message = note;
library.on.status = note;

// What it can be asked to send, each by the library's own class.
const samples = {
  text: () => new Text("Your order is on its way."),
  image: () => new Image("https://example.com/offer.png", false, "An offer"),
  document: () => new Document("https://example.com/bill.pdf", false, undefined, "bill.pdf"),
  location: () => new Location(77.59, 12.97, "Shop"),
  contacts: () => new Contacts([new Name("Asha Rao", "Asha"), new Phone("+919000000003", "WORK")]),
  reaction: () => new Reaction("wamid.example", "👍"),
  buttons: () => new Interactive(new ActionButtons(new Button("yes", "Yes"), new Button("no", "No")), new Body("Is it right?")),
  list: () => new Interactive(new ActionList("Sizes", new ListSection("Sizes", new Row("s", "Small"), new Row("l", "Large"))), new Body("Which size?")),
  template: () => new Template("welcome", "en", new BodyComponent(new BodyParameter("Asha"))),
};

async function send({ kind, to }) {
  try {
    return { answer: await library.sendMessage("1000", { phone: to }, samples[kind]()) };
  } catch (error) {
    return { refused: String(error) };
  }
}

const app = express();
app.get("/webhooks", (request, response) => {
  try {
    response.send(library.handle_get(request));
  } catch (status) {
    response.status(status).end();
  }
});
app.post("/webhooks", express.text({ type: () => true, limit: "3mb" }), async (request, response) => {
  response.status(await library.handle_post(request)).end(); // Gupshup wants an empty body
});
app.post("/send", express.json(), async (request, response) => response.json(await send(request.body)));
app.get("/state", (_request, response) => response.json(state));
const server = app.listen(Number(PORT), "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
