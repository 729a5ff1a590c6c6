// A third-party library whose host is fixed, gupshup-whatsapp-api (MIT), reaches Ringback through its proxy:
// see README.md. It sends JSON where Gupshup documents a form, so the mock rejects its opt-in, with Gupshup's
// own error. The message is sent with axios, the library's HTTP client, to the same host.
const Gupshup = require("gupshup-whatsapp-api");
const axios = require("axios");

async function main() {
  const library = new Gupshup({ apiKey: "any" });
  console.log("opt-in", JSON.stringify(await library.optins.sendUserOptinRequest({ appName: "DemoApp", userMobileNumber: "919000000002" }).catch((error) => error)));
  const form = new URLSearchParams({
    channel: "whatsapp", source: "919000000001", destination: "919000000002", "src.name": "DemoApp", message: JSON.stringify({ type: "text", text: "hi" }),
  });
  const { data } = await axios.post("https://api.gupshup.io/wa/api/v1/msg", form.toString(), { headers: { apikey: "any" } });
  console.log(data.messageId);
}

main();
