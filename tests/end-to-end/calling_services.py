"""Twilio's call resource and PagerDuty's Events API v2 on loopback: each request is held against what the service documents, and
what does not fit is answered as the service would and remembered in `refused`."""
import base64
import json
import re
import threading
import xml.etree.ElementTree
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

ACCOUNT_SID, TOKEN, ROUTING_KEY = "AC" + "0123456789abcdef" * 2, "twilio-s3cret", "0123456789abcdef0123456789abcdef"
E164 = re.compile(r"\+[1-9]\d{6,14}")
SAY_LANGUAGES = {"ja-JP", "en-US"}


def twilio_fault(path, headers, body):
    """What Twilio's documentation of POST /Calls.json has against a request, or None."""
    wanted = "Basic " + base64.b64encode(f"{ACCOUNT_SID}:{TOKEN}".encode()).decode()
    if path != f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json":
        return f"no such resource: {path}"
    if headers.get("Authorization") != wanted:
        return "authenticate"
    if headers.get("Content-Type", "").split(";")[0] != "application/x-www-form-urlencoded":
        return "no form"
    form = parse_qs(body.decode("ascii"), strict_parsing=True)
    if set(form) != {"To", "From", "Twiml", "Timeout"} or any(len(values) != 1 for values in form.values()):
        return f"parameters: {sorted(form)}"
    if not E164.fullmatch(form["To"][0]) or not E164.fullmatch(form["From"][0]):
        return "a number that is not E.164"
    if not 5 <= int(form["Timeout"][0]) <= 600:
        return "timeout"
    return twiml_fault(form["Twiml"][0])


def twiml_fault(text):
    if len(text) > 4000:
        return "Twiml has at most 4000 characters"
    response = xml.etree.ElementTree.fromstring(text)
    if response.tag != "Response":
        return "Twiml is a Response"
    for verb in response:
        if verb.tag == "Say" and (verb.get("language") not in SAY_LANGUAGES or not verb.text or len(verb)):
            return "Say needs a language and a text"
        if verb.tag not in ("Say", "Pause"):
            return f"an unknown verb {verb.tag}"
    return None


EVENT = {"routing_key": str, "event_action": str, "dedup_key": str, "payload": dict, "client": str, "client_url": str, "links": list,
         "images": list}
PAYLOAD = {"summary": str, "source": str, "severity": str, "timestamp": str, "component": str, "group": str, "class": str,
           "custom_details": dict}


def pagerduty_fault(path, headers, body):
    """What the Events API v2 has against an event, or None."""
    if len(body) > 512 * 1024:
        return "an event has at most 512 KB"
    event = json.loads(body)
    payload = event.get("payload", {})
    if path != "/v2/enqueue" or headers.get("Content-Type", "").split(";")[0] != "application/json":
        return "path or type"
    for part, known in ((event, EVENT), (payload, PAYLOAD)):
        for key, value in part.items():
            if key not in known or not isinstance(value, known[key]):
                return f"'{key}' is not as documented"
    if event.get("routing_key") != ROUTING_KEY:
        return "'routing_key' is invalid"
    if event["event_action"] not in ("trigger", "acknowledge", "resolve"):
        return "'event_action' is invalid"
    if len(event.get("dedup_key", "")) > 255 or (event["event_action"] != "trigger" and not event.get("dedup_key")):
        return "'dedup_key' is invalid"
    if event["event_action"] != "trigger":
        return None
    if not 0 < len(payload.get("summary", "")) <= 1024 or not payload.get("source"):
        return "'payload.summary' or 'payload.source' is invalid"
    if payload.get("severity") not in ("critical", "warning", "error", "info"):
        return "'payload.severity' is invalid"
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)", payload.get("timestamp", "2026-01-01T00:00:00Z")):
        return "'payload.timestamp' is invalid"
    if any(set(link) - {"href", "text"} or not link["href"].startswith("https://") for link in event.get("links", [])):
        return "'links' are invalid"
    return None


class Services:
    def __init__(self):
        self.calls, self.events, self.refused = [], [], []
        self.lock = threading.Lock()
        services = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                status, answer = services.answer(self.path, self.headers, body)
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                try:
                    self.wfile.write(text)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answer(self, path, headers, body):
        twilio = path.startswith("/2010-04-01/")
        try:
            fault = twilio_fault(path, headers, body) if twilio else pagerduty_fault(path, headers, body)
        except Exception as error:  # whatever does not parse is refused, and shown by the test
            fault = repr(error)
        with self.lock:
            if fault:
                self.refused.append((fault, path, body))
                return 400, {"code": 21201, "message": fault} if twilio else {"status": "invalid event", "errors": [fault]}
            if not twilio:
                self.events.append(json.loads(body))
                return 202, {"status": "success", "message": "Event processed", "dedup_key": self.events[-1]["dedup_key"]}
            self.calls.append({key: values[0] for key, values in parse_qs(body.decode()).items()})
            return 201, {"sid": f"CA{len(self.calls):032x}", "status": "queued", "to": self.calls[-1]["To"]}

    def rung(self, about=""):
        """The numbers that were rung, in their order, about calls whose text has that."""
        return [call["To"] for call in list(self.calls) if about in call["Twiml"]]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
