"""An OAuth 1 provider on a free port of loopback: Authlib's, in Flask, with pages for a person.

It prints its address in a line and ends with its standard input. /authorize asks who the person is and whether they
agree; POST /forget takes back every token of a person.
"""

import os
import sys
import threading

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

from authlib.integrations.flask_oauth1 import AuthorizationServer, ResourceProtector, current_credential
from authlib.oauth1 import ClientMixin, TemporaryCredential
from flask import Flask, jsonify, request
from werkzeug.serving import make_server

KEY, SECRET = "the client", "secret of the client: +/%&"
PAGE = """<!doctype html><title>Board</title><h1>Let it in?</h1><form method="post">
<input name="person" required><button name="agrees" value="yes">Yes</button><button name="agrees" value="no">No</button></form>"""


class Client(ClientMixin):
    def get_default_redirect_uri(self):
        return None

    def get_client_secret(self):
        return SECRET

    def get_rsa_public_key(self):
        return None


class Person:
    def __init__(self, name):
        self.name = name

    def get_user_id(self):
        return self.name


app = Flask(__name__)
app.config["OAUTH1_SUPPORTED_SIGNATURE_METHODS"] = ["HMAC-SHA1"]
started, tokens, nonces = {}, {}, set()


def client(key):
    return Client() if key == KEY else None


def exists(nonce, timestamp, key, token):
    seen = (nonce, timestamp, key, token)
    known = seen in nonces
    nonces.add(seen)
    return known


def begin(token, key, address):
    credential = TemporaryCredential({**token, "client_id": key, "oauth_callback": address})
    started[token["oauth_token"]] = credential
    return credential


def verify(credential, person, verifier):
    credential.update(oauth_verifier=verifier, user_id=person.get_user_id())
    return credential


def finish(token, credential):
    granted = TemporaryCredential({**token, "client_id": credential["client_id"], "user_id": credential["user_id"]})
    tokens[token["oauth_token"]] = granted
    return granted


server = AuthorizationServer(app, query_client=client)
server.register_hook("exists_nonce", exists)
server.register_hook("create_temporary_credential", begin)
server.register_hook("get_temporary_credential", started.get)
server.register_hook("delete_temporary_credential", lambda token: started.pop(token, None))
server.register_hook("create_authorization_verifier", verify)
server.register_hook("create_token_credential", finish)
protected = ResourceProtector(app, client, lambda key, token: tokens.get(token), exists)


@app.post("/request_token")
def request_token():
    return server.create_temporary_credentials_response()


@app.route("/authorize", methods=["GET", "POST"])
def authorize():
    if request.method == "GET":
        server.check_authorization_request()
        return PAGE
    person = Person(request.form["person"]) if request.form["agrees"] == "yes" else None
    return server.create_authorization_response(grant_user=person)


@app.post("/access_token")
def access_token():
    return server.create_token_response()


@app.get("/api/me")
@protected
def me():
    return jsonify(name=current_credential["user_id"], q=request.args.get("q"))


@app.post("/forget")
def forget():
    person = request.args["person"]
    for token in [token for token, granted in tokens.items() if granted["user_id"] == person]:
        del tokens[token]
    return "", 204


listening = make_server("127.0.0.1", 0, app, threaded=True)
print(f"http://127.0.0.1:{listening.port}", flush=True)
threading.Thread(target=listening.serve_forever, daemon=True).start()
sys.stdin.read()
