// An Express application with the Express middleware of a third-party WhatsApp Cloud API library, whatsapp-api-js:
// it sends through Gupshup's partner API in version 3, and receives its webhooks. GET /state shows the library's result of
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

// gupshup maps a call of Meta's API to Gupshup's: another host and path, and the token without "Bearer".
function gupshup(url, init) {
  const headers = AUTHORIZATION ? { ...init.headers, Authorization: AUTHORIZATION } : init.headers;
  return fetch(new URL(url.replace(/.*\/v[\d.]+\/\w+\/messages$/, "/partner/app/example/v3/message"), PROVIDER_URL), { ...init, headers });
}

const state = []; // the library's result of each webhook, in their order

// The middleware responds with a status only; this records the reason too.
class Library extends WhatsAppAPI {
  async post(...webhook) {
    try {
      return await super.post(...webhook);
    } catch (error) {
      state.push({ rejected: String(error) });
      throw error;
    }
  }
}

const library = new Library({
  token: "example", appSecret: SECRET, secure: SECRET !== "", webhookVerifyToken: VERIFY_TOKEN, v: "v24.0", ponyfill: { fetch: gupshup },
});
// The library passes its result and the whole body.
const note = ({ raw, Whatsapp, ...result }) => void state.push({ result, raw });
library.on.message = note;
library.on.status = note;
library.on.call = { connect: note, terminate: note, status: note };

// The message types for POST /send, each by the library's own class.
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
    return { response: await library.sendMessage("1000", { phone: to }, samples[kind]()) };
  } catch (error) {
    return { rejected: String(error) };
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
  response.status(await library.handle_post(request)).end(); // Gupshup expects an empty body
});
app.post("/send", express.json(), async (request, response) => response.json(await send(request.body)));
app.get("/state", (_request, response) => response.json(state));
const server = app.listen(Number(PORT), "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}`));
