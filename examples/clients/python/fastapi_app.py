"""A FastAPI application that checks webhooks with the verifier of Standard Webhooks, which others wrote. GET /state shows
what the verifier said of each.

    pip install -r requirements.txt && PORT=3000 SECRET=whsec_… python fastapi_app.py
"""

import os
import socket

import uvicorn
from fastapi import FastAPI, Request, Response
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

verifier = Webhook(os.environ["SECRET"])
state = []  # what the verifier said of each webhook, in the order in which they came
app = FastAPI()


@app.post("/webhooks")
async def webhook(request: Request):
    try:
        told = verifier.verify(await request.body(), dict(request.headers))
    except WebhookVerificationError as error:
        state.append({"refused": f"{type(error).__name__}: {error}"})
        return Response(status_code=401)
    except ValueError as error:  # the verifier decodes the body, as text and as JSON
        state.append({"refused": f"{type(error).__name__}: {error}"})
        return Response(status_code=400)
    state.append({"told": told})
    return Response(status_code=200)


@app.get("/state")
async def shown():
    return state


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT") or 3000)))
    print("listening on http://{}:{}".format(*listener.getsockname()), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
