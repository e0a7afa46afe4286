"""An OAuth 1 provider on a free port of loopback, whose signatures oauthlib checks.

It prints its address and the private key of the client in a line of JSON, and ends with its standard input. Whoever opens /authorize consents at once; with
`?refuse=1` they refuse. /api/... answers what it was asked, to signed requests alone. A nonce is good once.
"""

import json
import secrets
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from oauthlib.oauth1 import RequestValidator, WebApplicationServer

KEY, SECRET = "the client", "secret of the client: +/%&"
PAIR = rsa.generate_private_key(65537, 2048)
PRIVATE = PAIR.private_bytes(
    serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
).decode()
PUBLIC = PAIR.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
).decode()


class Validator(RequestValidator):
    enforce_ssl = False
    allowed_signature_methods = ("HMAC-SHA1", "HMAC-SHA256", "RSA-SHA1", "PLAINTEXT")
    dummy_client, dummy_request_token, dummy_access_token = "nobody", "none", "none"

    def __init__(self):
        super().__init__()
        self.requests, self.tokens, self.nonces = {}, {}, set()

    def check_client_key(self, key):
        return True

    def check_request_token(self, token):
        return True

    def check_access_token(self, token):
        return True

    def check_nonce(self, nonce):
        return len(nonce) >= 16

    def check_verifier(self, verifier):
        return True

    def get_default_realms(self, key, request):
        return []

    def get_realms(self, token, request):
        return []

    def validate_client_key(self, key, request):
        return key == KEY

    def get_client_secret(self, key, request):
        return SECRET

    def get_rsa_key(self, key, request):
        return PUBLIC

    def validate_timestamp_and_nonce(self, key, timestamp, nonce, request, request_token=None, access_token=None):
        seen = (timestamp, nonce, request_token, access_token)
        fresh = seen not in self.nonces
        self.nonces.add(seen)
        return fresh

    def validate_requested_realms(self, key, realms, request):
        return True

    def validate_realms(self, key, token, request, uri=None, realms=None):
        return True

    def validate_redirect_uri(self, key, uri, request):
        return uri.startswith("http://127.0.0.1:")

    def save_request_token(self, token, request):
        self.requests[token["oauth_token"]] = {"secret": token["oauth_token_secret"], "uri": request.redirect_uri}

    def get_redirect_uri(self, token, request):
        return self.requests[token]["uri"]

    def verify_request_token(self, token, request):
        return token in self.requests

    def verify_realms(self, token, realms, request):
        return True

    def save_verifier(self, token, verifier, request):
        self.requests[token]["verifier"] = verifier["oauth_verifier"]

    def validate_request_token(self, key, token, request):
        return token in self.requests

    def get_request_token_secret(self, key, token, request):
        return self.requests.get(token, {}).get("secret", "none")

    def validate_verifier(self, key, token, verifier, request):
        return secrets.compare_digest(self.requests[token].get("verifier", "none"), verifier)

    def invalidate_request_token(self, key, token, request):
        self.requests.pop(token, None)

    def save_access_token(self, token, request):
        self.tokens[token["oauth_token"]] = token["oauth_token_secret"]

    def validate_access_token(self, key, token, request):
        return token in self.tokens

    def get_access_token_secret(self, key, token, request):
        return self.tokens.get(token, "none")


validator = Validator()
server = WebApplicationServer(validator)
lock = threading.Lock()


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *arguments):
        pass

    def handle_any(self):
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length).decode()
        uri = f"http://{self.headers['host']}{self.path}"
        headers = {name.title(): value for name, value in self.headers.items()}
        with lock:
            status, headers, text = self.answer(urlsplit(self.path), uri, body, headers)
        payload = (text or "").encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_DELETE = handle_any

    def answer(self, parts, uri, body, headers):
        if parts.path == "/request_token":
            headers, text, status = server.create_request_token_response(uri, self.command, body, headers)
            return status, headers, text
        if parts.path == "/access_token":
            extra = {"screen_name": "ann o\u2019nym"}
            headers, text, status = server.create_access_token_response(uri, self.command, body, headers, credentials=extra)
            return status, headers, text
        if parts.path == "/authorize":
            query = parse_qs(parts.query)
            token = query["oauth_token"][0]
            if "refuse" in query:
                back = validator.requests.pop(token)["uri"]
                return 302, {"location": f"{back}?{urlencode({'denied': token})}"}, ""
            headers, text, status = server.create_authorization_response(uri, self.command, body, headers, credentials={})
            return status, headers, text
        valid, _ = server.validate_protected_resource_request(uri, self.command, body, headers)
        if not valid:
            return 401, {"content-type": "application/json"}, '{"error": "the signature is not right"}'
        seen = {"method": self.command, "query": parse_qs(parts.query), "form": parse_qs(body)}
        return 200, {"content-type": "application/json"}, json.dumps(seen)


listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
threading.Thread(target=listener.serve_forever, daemon=True).start()
print(json.dumps({"base": f"http://127.0.0.1:{listener.server_port}", "private_key": PRIVATE}), flush=True)
sys.stdin.read()
