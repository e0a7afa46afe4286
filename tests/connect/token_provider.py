"""A token endpoint on a free port of loopback that takes passwords and signed assertions.

What is signed is checked by Authlib and by google-auth, which share nothing with the engine. It prints its address and
the keys of its clients in a line of JSON, and ends with its standard input. Tokens are said to live two seconds, and are
taken a while longer, so that a slow machine fails nothing; /api/me answers to them alone, /stats says what was granted, and after /close/KIND no credential of that kind is taken until /open/KIND.
"""

import base64
import json
import secrets
import sys
import threading
import time
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

from authlib.jose import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from google.auth import _helpers, crypt
from google.oauth2 import service_account

LIFE, GRACE = 2, 60
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SHARED = secrets.token_hex(32)


def pair(key):
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public.decode()


RSA, RSA_PUBLIC = pair(rsa.generate_private_key(65537, 2048))
EC, EC_PUBLIC = pair(ec.generate_private_key(ec.SECP256R1()))
lock = threading.Lock()
tokens, granted, closed = {}, {}, set()


class Refused(Exception):
    pass


def issue(kind):
    if kind in closed:
        raise Refused(f"{kind} is closed")
    token = secrets.token_urlsafe(24)
    tokens[token] = (kind, time.time() + LIFE + GRACE)
    granted[kind] = granted.get(kind, 0) + 1
    return token


def by_authlib(assertion, key, issuer, audience):
    """The claims, if the signature and all of them are right."""
    options = {name: {"essential": True, "value": value} for name, value in [("iss", issuer), ("aud", audience)]}
    options["exp"] = {"essential": True}
    claims = jwt.decode(assertion, key, claims_options=options)
    claims.validate(leeway=5)
    if claims["exp"] - claims["iat"] > 3700:
        raise Refused("it lives too long")
    return claims


def by_google(assertion, base):
    """What google-auth's own signer makes of the same key has the same header, and claims of the same names."""
    head, body, signature = assertion.split(".")
    verifier = crypt.RSAVerifier.from_string(RSA_PUBLIC)
    if not verifier.verify(f"{head}.{body}".encode(), _helpers.padded_urlsafe_b64decode(signature)):
        raise Refused("google-auth does not accept the signature")
    info = json.loads(google_file(base))
    own = service_account.Credentials.from_service_account_info(info, scopes=["read", "write"])
    theirs = own._make_authorization_grant_assertion().decode().split(".")
    read = lambda part: json.loads(_helpers.padded_urlsafe_b64decode(part))
    ours = [read(head), read(body)]
    if ours[0] != read(theirs[0]):
        raise Refused(f"the header {ours[0]} is not {read(theirs[0])}")
    expected = read(theirs[1])
    if ours[1].keys() != expected.keys() or any(ours[1][name] != expected[name] for name in ("iss", "scope")):
        raise Refused(f"the claims {ours[1]} are not like {expected}")


def google_file(base):
    return json.dumps({
        "type": "service_account", "project_id": "p", "private_key_id": "k-1", "private_key": RSA,
        "client_email": "robot@p.example", "client_id": "1", "token_uri": f"{base}/google",
    })


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def handle_any(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length).decode()
        with lock:
            try:
                status, answer = self.answer(body)
            except Exception as error:  # whatever the library says is wrong with it
                status, answer = 401, {"error": "refused", "error_description": str(error)}
        payload = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = handle_any

    def answer(self, body):
        base = f"http://{self.headers['host']}"
        shown = self.headers.get("authorization", "")
        if self.path == "/stats":
            return 200, granted
        if self.path.startswith("/close/"):
            closed.add(self.path.removeprefix("/close/"))
            return 200, {}
        if self.path.startswith("/open/"):
            closed.discard(self.path.removeprefix("/open/"))
            return 200, {}
        if self.path == "/login":
            given = json.loads(body)
            if given != {"username": "ann", "password": "pass word/+&"}:
                raise Refused("the password is wrong")
            return 200, {"token": issue("login"), "expires_in": LIFE}
        if self.path == "/basic":
            if shown != "Basic " + base64.b64encode(b"ann:pass word/+&").decode():
                raise Refused("the password is wrong")
            return 200, {"data": {"jwt": issue("basic"), "expires_in": LIFE}}
        if self.path == "/installations/in-9/tokens":
            by_authlib(shown.removeprefix("Bearer "), EC_PUBLIC, "app-1", f"{base}{self.path}")
            end = datetime.fromtimestamp(time.time() + LIFE, timezone.utc)
            return 201, {"token": issue("bearer"), "expires_at": end.isoformat()}
        if self.path in ("/google", "/shared"):
            form = {name: values[0] for name, values in parse_qs(body).items()}
            if form["grant_type"] != GRANT:
                raise Refused("it is no assertion")
            is_google = self.path == "/google"
            key, issuer = (RSA_PUBLIC, "robot@p.example") if is_google else (SHARED, "app-1")
            by_authlib(form["assertion"], key, issuer, f"{base}{self.path}")
            if is_google:
                by_google(form["assertion"], base)
            return 200, {"access_token": issue(self.path[1:]), "expires_in": LIFE, "token_type": "Bearer"}
        kind, end = tokens.get(shown.removeprefix("Bearer "), ("", 0))
        if end < time.time():
            raise Refused("the token is not good")
        return 200, {"kind": kind}


listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=listener.serve_forever, daemon=True).start()
address = f"http://127.0.0.1:{listener.server_port}"
print(json.dumps({"base": address, "ec": EC, "shared": SHARED, "google": google_file(address)}), flush=True)
sys.stdin.read()
