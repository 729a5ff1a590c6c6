"""A FastAPI application that verifies webhooks with the library of Standard Webhooks. GET /state shows
the result of each.

    pip install -r requirements.txt && PORT=3000 SECRET=whsec_… python fastapi_app.py
"""

import os
import socket

import uvicorn
from fastapi import FastAPI, Request, Response
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

verifier = Webhook(os.environ["SECRET"])
state = []  # the result of each webhook, in their order
app = FastAPI()


@app.post("/webhooks")
async def webhook(request: Request):
    try:
        result = verifier.verify(await request.body(), dict(request.headers))
    except WebhookVerificationError as error:
        state.append({"rejected": f"{type(error).__name__}: {error}"})
        return Response(status_code=401)
    except ValueError as error:  # the verifier decodes the body, as text and as JSON
        state.append({"rejected": f"{type(error).__name__}: {error}"})
        return Response(status_code=400)
    state.append({"result": result})
    return Response(status_code=200)


@app.get("/state")
async def show():
    return state


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT") or 3000)))
    print("listening on http://{}:{}".format(*listener.getsockname()), flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run(sockets=[listener])
