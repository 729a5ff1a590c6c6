"""A careful consumer of five providers' webhooks with FastAPI: the same as ../app in Go. It replies to each message once
through the provider's API, and GET /state shows the statuses of its replies.

    pip install -r requirements.txt && PORT=3000 PROVIDER=gupshup PROVIDER_URL=http://127.0.0.1:8080 python fastapi_app.py
"""

import asyncio
import hashlib
import hmac
import json
import os
import socket
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response

ROUTE = os.environ.get("PROVIDER") or "gupshup"
ROUTE = "gupshup/v2" if ROUTE == "gupshup" else ROUTE
PROVIDER_URL = os.environ.get("PROVIDER_URL", "").rstrip("/")
SECRET = os.environ.get("SECRET", "")
# STYLE selects alternative correct behavior: see ../README.md.
STYLE = set(os.environ.get("STYLE", "").replace(",", " ").split())
LARGEST_BODY = 64 << 20 if "any-size" in STYLE else 1 << 20

# A message's status never goes back, though webhooks can come late.
ORDER = ["submitted", "queued", "enqueued", "sent", "failed", "not sent", "undelivered", "delivered", "read", "clicked", "played", "deleted"]

# The state; a real application has a database, with a unique key on marks.
counts = {"received": 0, "duplicates": 0}
marks, messages, inbound, contacts = set(), {}, {}, {}
unread = []  # bodies that couldn't be read
lines = {}  # the open work for each end user, in order
client: httpx.AsyncClient


def rank(status):
    return ORDER.index(status) if status in ORDER else -1


def text(value):
    return value if isinstance(value, str) else ""


def word(value):
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else text(value)


def mapping(value):
    return value if isinstance(value, dict) else {}


def sequence(value):
    return value if isinstance(value, list) else []


def is_number(value):
    return value.lstrip("+").isdigit()


def said(content):
    return text(content.get("text")) or text(content.get("body")) or text(content.get("caption")) or text(content.get("title"))


# The providers: how to split a body into items, parse an item, and send a reply.


def gupshup2(raw):
    payload = mapping(raw.get("payload"))
    inner, kind = mapping(payload.get("payload")), text(raw.get("type"))
    if kind == "message":
        sender = mapping(payload.get("sender"))
        who = {"phone": text(payload.get("source")), "user": text(sender.get("userId")), "name": text(sender.get("name"))}
        return {"kind": "message", "id": text(payload.get("id")), "what": text(payload.get("type")), "text": said(inner)} | who
    if kind == "message-event":
        ids = [text(payload.get("gsId")), text(payload.get("id")), text(inner.get("whatsappMessageId"))]
        return {"kind": "status", "status": text(payload.get("type")), "code": word(inner.get("code")), "ids": ids}
    if kind == "billing-event":
        references = mapping(payload.get("references"))
        return {"kind": "billing", "ids": [text(references.get("gsId")), text(references.get("gs_id")), text(references.get("id"))]}
    if kind == "user-event":
        return {"kind": "contact", "phone": text(payload.get("phone")), "status": text(payload.get("type"))}
    return None


def meta(raw):
    """Parses the format of WhatsApp's own API, which Tata uses too."""
    if "message" in raw:
        message = raw["message"]
        what = text(message.get("type"))
        content = mapping(message.get(what))
        if what == "interactive":
            content = mapping(content.get(text(content.get("type"))))
        origin, contact = text(message.get("from")), mapping((sequence(raw.get("contacts")) or [None])[0])
        phone = origin if is_number(origin) else ""
        user = text(message.get("from_user_id")) or (origin if not phone else "") or text(contact.get("user_id"))
        who = {"phone": phone, "user": user, "name": text(mapping(contact.get("profile")).get("name"))}
        return {"kind": "message", "id": text(message.get("id")), "what": what, "text": said(content)} | who
    status = raw["status"]
    codes = [word(status.get("code"))] + [word(mapping(e).get("code")) for e in sequence(status.get("errors"))]
    return {
        "kind": "status", "status": text(status.get("status")), "phone": text(status.get("recipient_id")), "user": text(status.get("recipient_user_id")), "ref": text(status.get("custom_callback_data")),
        "ids": [text(status.get("gs_id")), text(status.get("id")), text(status.get("meta_msg_id"))], "code": next(filter(None, codes), ""),
    }


def split_gupshup3(body):
    if "entry" not in mapping(body):
        return [{"old": mapping(body)}]  # a billing event may have the envelope of version 2
    items = []
    for entry in sequence(body["entry"]):
        for change in sequence(mapping(entry).get("changes")):
            value = mapping(mapping(change).get("value"))
            items += [{"message": mapping(m), "contacts": value.get("contacts")} for m in sequence(value.get("messages"))]
            items += [{"status": mapping(s)} for s in sequence(value.get("statuses"))]
            if "billing" in value:
                items.append({"old": {"type": "billing-event", "payload": mapping(value["billing"])}})
    return items


def gupshup3(raw):
    return gupshup2(raw["old"]) if "old" in raw else meta(raw)


def split_tata(body):
    message = mapping(mapping(body).get("messages"))
    return ([{"message": message, "contacts": body.get("contacts")}] if message else []) + [{"status": mapping(s)} for s in sequence(mapping(body).get("statuses"))]


def mobtexting(raw):
    payload, event = mapping(raw.get("payload")), raw.get("event")
    if event == "whatsapp:message:in":
        message = mapping(payload.get("message"))
        phone = text(mapping(payload.get("recipient")).get("from"))
        return {"kind": "message", "id": text(payload.get("id")), "phone": phone, "what": text(message.get("type")), "text": said(mapping(message.get("payload")))}
    if event == "whatsapp:message:status":
        return {"kind": "status", "status": text(payload.get("status")), "ids": [text(payload.get("id"))], "ref": text(payload.get("foreign_id"))}
    if text(raw.get("status")).startswith("Unsubscriber created"):
        return {"kind": "contact", "phone": text(raw.get("receiver")), "status": "opted-out"}
    return None


def netcore(raw):
    if "message_type" in raw:
        details = mapping(raw.get("message_details"))
        words = said(details) or said(mapping(details.get("suggestionResponse")))
        return {"kind": "message", "id": text(raw.get("message_id")), "phone": text(raw.get("to")), "what": text(raw.get("message_type")), "text": words}
    return {
        "kind": "status", "status": text(raw.get("status")).lower(), "ids": [text(raw.get("message_id"))], "ref": text(raw.get("callbackdata")), "code": text(raw.get("remarks")),
    }


def reference(item):
    """Our reference of the reply to a message: the same for every attempt."""
    return "reply-" + item["id"]


def send_gupshup2(item, words):
    message = json.dumps({"type": "text", "text": words, "context": {"msgId": item["id"]}})
    form = {"channel": "whatsapp", "source": "919000000000", "destination": item["phone"], "src.name": "ExampleApp", "message": message}
    return "/wa/api/v1/msg", {"apikey": "example", "Content-Type": "application/x-www-form-urlencoded"}, urlencode(form)


def send_gupshup3(item, words):
    to = {"to": item["phone"]} if item["end_user"] == item["phone"] else {"recipient": item["user"]}
    body = {"messaging_product": "whatsapp", "recipient_type": "individual", "type": "text", "text": {"body": words}, "context": {"message_id": item["id"]}} | to
    return "/partner/app/example/v3/message", {"Authorization": "example"}, body


def send_mobtexting(item, words):
    body = {
        "channels": [{"name": "whatsapp", "from": "919000000000", "meta": {"foreign_id": reference(item)}}],
        "recipient": {"to": [item["phone"]]}, "message": {"type": "text", "payload": {"text": words}},
    }
    return "/api/v2/whatsapp/message/send", {"Authorization": "Bearer example"}, body


def send_netcore(item, words):
    message = {"to": item["phone"], "type": "Text", "text": words, "callbackdata": reference(item)}
    return "/soip/rcs/v2/message", {"api_key": "example", "nc_bot_id": "104"}, {"messages": [message]}


def send_tata(item, words):
    body = {
        "to": item["phone"], "type": "text", "source": "external", "text": {"body": words}, "metaData": {"custom_callback_data": reference(item)},
        "context": {"message_id": item["id"]},
    }
    return "/whatsapp-cloud/messages", {"Authorization": "Bearer example"}, body


PROVIDERS = {
    "gupshup/v2": (lambda body: [mapping(body)], gupshup2, send_gupshup2, lambda result: result["messageId"]),
    "gupshup/v3": (split_gupshup3, gupshup3, send_gupshup3, lambda result: result["messages"][0]["id"]),
    "mobtexting/whatsapp": (lambda body: [mapping(body)], mobtexting, send_mobtexting, lambda result: result["data"][0]["id"]),
    "netcore": (lambda body: [mapping(i) for i in sequence(body)], netcore, send_netcore, lambda result: result["data"][0]["message_id"]),
    "tata-omni": (split_tata, meta, send_tata, lambda result: result["id"]),
}
SPLIT, PARSE, SEND, ID_OF = PROVIDERS[ROUTE]
SIGNED = ROUTE == "mobtexting/whatsapp"
TO_USER = ROUTE == "gupshup/v3"  # a message can be sent to a user ID too


def mark(name):
    """Stores a name and returns whether it is new, in one atomic step."""
    if name in marks:
        return False
    marks.add(name)
    return True


def find(names):
    """Returns the message with one of several IDs; messages that turn out to be the same are joined."""
    found = None
    for other in [messages[name] for name in names if name in messages]:
        if other is found:
            continue
        if found is None:
            found = other
            continue
        if rank(other["status"]) > rank(found["status"]):
            found.update({key: other[key] for key in ("status", "error") if key in other})
        if other.get("known"):
            found.update(name=other["name"], known=True)
        for name, one in list(messages.items()):
            if one is other:
                messages[name] = found
    found = found if found is not None else {"name": names[0], "status": ""}
    messages.update({name: found for name in names})
    return found


def names_of(item):
    return list(filter(None, item.get("ids", []))) + (["ref:" + item["ref"]] if item.get("ref") else [])


def key_of(item):
    """The identifier of an end user: phone numbers change, and some end users have none."""
    phone, user = item.get("phone", ""), item.get("user", "")
    return user or phone if "user-id" in STYLE and TO_USER else phone or user


def handle(item):
    kind, names = item["kind"], names_of(item)
    item["end_user"] = key_of(item)
    if kind == "message" and item["id"] and item["what"] and item["end_user"]:
        if not mark(item["id"]):
            counts["duplicates"] += 1
            return
        inbound[item["id"]] = {"from": item["end_user"], "kind": item["what"], "text": item["text"], "answered": False}
        wanted = item["text"].strip().upper()
        if wanted in ("STOP", "START"):
            contacts[item["end_user"]] = {"opted_out": wanted == "STOP"}
        elif item["what"] != "reaction" and (item["phone"] or TO_USER) and not contacts.get(item["end_user"], {}).get("opted_out"):
            later(item["end_user"], item)
    elif kind == "status" and names and rank(item["status"]) >= 0:
        if not mark(names[0] + " " + item["status"]):
            counts["duplicates"] += 1
        message = find(names)
        if item["end_user"]:
            message.setdefault("to", item["end_user"])
        if rank(item["status"]) > rank(message["status"]):
            message["status"] = item["status"]
            if item["status"] == "failed" and item.get("code"):
                message["error"] = item["code"]
    elif kind == "billing" and names:
        find(names)["billed"] = True
    elif kind == "contact" and item["phone"] and item["status"] in ("opted-out", "opted-in"):
        contacts[item["end_user"]] = {"opted_out": item["status"] == "opted-out"}


def later(end_user, item):
    """Replies to an end user after the open work for them."""
    before = lines.get(end_user)

    async def work():
        if before is not None:
            await before
        await reply(item)

    lines[end_user] = asyncio.get_running_loop().create_task(work())


async def reply(item):
    if not PROVIDER_URL:
        return
    words = "Received: " + item["text"] if item["what"] == "text" and item["text"] else "Received your " + item["what"]
    if "name" in STYLE:
        words = "Hello {}. {}".format(item.get("name") or "there", words)
    path, headers, body = SEND(item, words)
    content = {"content": body} if isinstance(body, str) else {"json": body}
    for attempt in range(4):
        try:
            result = await client.post(PROVIDER_URL + path, headers=headers, **content)
            if result.is_success:
                id = ID_OF(result.json())
                message = find([id, "ref:" + reference(item)])
                message.update(name=id, known=True, to=item["end_user"], status=message["status"] or "submitted")
                if item["id"] in inbound:  # a greeting replies to no message
                    inbound[item["id"]]["answered"] = True
                return
            if result.status_code != 429 and result.status_code < 500:
                return  # a retry would fail too
        except httpx.HTTPError:
            pass  # retry
        await asyncio.sleep(0.2 * 2**attempt)


@asynccontextmanager
async def lifespan(_):
    global client
    async with httpx.AsyncClient(timeout=30) as client:
        if phone := os.environ.get("GREET"):
            later(phone, {"id": "", "phone": phone, "end_user": phone, "what": "text", "text": "hello"})
        yield


app = FastAPI(lifespan=lifespan, openapi_url=None)


async def body_of(request):
    """Reads a body; None if it is too large."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return body


def authentic(request, body):
    """Verifies the signature over the bytes as received, in constant time."""
    wanted = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(request.headers.get("Signature", "").encode(), wanted.encode())


@app.post("/")
@app.post("/webhooks")
async def webhook(request: Request):
    if request.headers.get("Content-Type", "").split(";")[0].strip() != "application/json" and "any-type" not in STYLE:
        return Response(status_code=415)
    body = await body_of(request)
    if body is None:
        return Response(status_code=413)
    try:
        event, readable = json.loads(body.decode("utf-8"), parse_constant=int), True
    except (ValueError, RecursionError):
        event, readable = None, False
    if "validation_key" in mapping(event) and text(event.get("challenge")):
        return Response(json.dumps({"challenge": event["challenge"]}), media_type="application/json")
    if SIGNED and SECRET and not authentic(request, body):
        return Response(status_code=401)
    if not readable:
        if "keep" not in STYLE:
            return Response(status_code=400)
        unread.append(body.decode("utf-8", "replace"))
        return Response(status_code=200)
    if os.environ.get("VERBOSE"):
        print("webhook", json.dumps(event), flush=True)
    counts["received"] += 1
    for raw in SPLIT(event):
        try:
            if item := PARSE(raw):
                handle(item)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            print("skip item:", error, flush=True)  # handle the others
    # Slow work is done after the response, which is empty; some frameworks write a body.
    return {"status": "ok"} if "response-body" in STYLE else Response(status_code=200)


@app.get("/state")
async def state():
    shown = {m["name"]: {k: v for k, v in m.items() if k not in ("name", "known")} for m in messages.values()}
    by_status = {}
    for message in shown.values():
        by_status[message["status"]] = by_status.get(message["status"], 0) + 1
    return counts | {"by_status": by_status, "messages": shown, "inbound": inbound, "contacts": contacts, "unread": unread}


if __name__ == "__main__":
    listener = socket.create_server((os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT") or 3000)))
    print("listening on http://{}:{}".format(*listener.getsockname()), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
