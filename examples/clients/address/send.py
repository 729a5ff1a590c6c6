"""Third-party libraries whose hosts are fixed, ghup-whatsapp and mobtexting-python (MIT), reach Ringback
through its proxy: see README.md. The program prints the ID of each message that it sent."""

import mobtexting.client
from ghup.client import Client

gupshup = Client("DemoApp", "any", "919000000001", "1")
print(gupshup.send_text("919000000002", "hi")["messageId"])

response = mobtexting.client.Client("any").send("919000000002", "ACMEIN", "hi")
response.raise_for_status()
print(response.json()["data"][0]["id"])
