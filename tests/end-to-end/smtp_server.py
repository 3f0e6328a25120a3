"""A mail server that does what a test tells it to, and remembers what it was told."""
import base64
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass, field


@dataclass
class Received:
    sender: str
    recipient: str
    content: bytes
    encrypted: bool
    user: str | None
    options: str


@dataclass
class Session:
    """One connection: what was said on it, in order."""
    number: int
    lines: list = field(default_factory=list)
    encrypted: bool = False
    user: str | None = None


class Gone(Exception):
    """The connection ends here."""


class SmtpServer:
    """`answer(verb, argument, session)` may return a reply ("550 no"), CLOSE, a list of lines, or None for what a server
    says by itself. Verbs: connect, EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA, end (of the mail), QUIT."""

    CLOSE = object()

    def __init__(self, certificate=None, implicit=False, starttls=False, users=None, offers=("SIZE 20000000", "8BITMIME"), answer=None):
        self.certificate, self.implicit, self.starttls, self.users = certificate, implicit, starttls, users
        self.offers = list(offers)
        self.answer = answer or (lambda verb, argument, session: None)
        self.received, self.sessions = [], []
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.open = set()
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def url(self):
        return f"{'smtps' if self.implicit else 'smtp'}://localhost:{self.port}"

    def to(self, recipient):
        return [mail for mail in list(self.received) if mail.recipient == recipient]

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def close(self):
        self.listener.close()
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def context(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.certificate)
        return context

    def serve(self, connection):
        with self.lock:
            session = Session(len(self.sessions))
            self.sessions.append(session)
        self.open.add(connection)
        try:
            if self.implicit:
                connection = self.context().wrap_socket(connection, server_side=True)
                session.encrypted = True
            self.talk(connection, session)
        except (Gone, OSError, ValueError):
            pass
        finally:
            connection.close()

    def say(self, connection, session, verb, argument, default):
        reply = self.answer(verb, argument, session)
        if reply is self.CLOSE:
            raise Gone
        for line in [reply or default] if isinstance(reply or default, str) else reply or default:
            connection.sendall(line.encode() + b"\r\n")
        last = (reply or default)
        return (last if isinstance(last, str) else last[-1])[0] in "23"

    def capabilities(self, session):
        offers = list(self.offers)
        if self.starttls and not session.encrypted:
            offers.append("STARTTLS")
        if self.users and (session.encrypted or not self.starttls):
            offers.append("AUTH PLAIN LOGIN")
        lines = ["mx.example.jp greets you", *offers]
        return [f"250-{line}" for line in lines[:-1]] + [f"250 {lines[-1]}"]

    def sign_in(self, argument, session):
        mechanism, _, given = argument.partition(" ")
        _, user, password = base64.b64decode(given).decode().split("\0")
        if mechanism == "PLAIN" and self.users.get(user) == password:
            session.user = user
            return "235 2.7.0 Authentication successful"
        return "535 5.7.8 Error: authentication failed: no such key"

    def talk(self, connection, session):
        stream = connection.makefile("rb")
        self.say(connection, session, "connect", "", "220 mx.example.jp ESMTP")
        sender = recipient = options = None
        while line := stream.readline():
            text = line.rstrip(b"\r\n").decode("utf-8", "replace")
            session.lines.append(text)
            verb, _, argument = text.partition(" ")
            verb = verb.upper()
            default = "250 2.0.0 Ok"
            if verb == "EHLO":
                default = self.capabilities(session)
            elif verb == "STARTTLS":
                default = "220 2.0.0 Ready to start TLS" if self.starttls else "502 5.5.1 Not implemented"
            elif verb == "AUTH":
                if " " not in argument:
                    connection.sendall(b"334 \r\n")
                    argument = f"{argument} {stream.readline().decode().strip()}"
                    session.lines.append(argument)
                default = self.sign_in(argument, session)
            elif verb == "MAIL" and self.users and not session.user:
                default = "530 5.7.0 Authentication required"
            elif verb == "DATA":
                default = "354 End data with <CR><LF>.<CR><LF>"
            elif verb == "QUIT":
                default = "221 2.0.0 Bye"
            good = self.say(connection, session, verb, argument, default)
            if verb == "MAIL":
                sender, _, options = argument.removeprefix("FROM:").partition(" ")
            elif verb == "RCPT":
                recipient = argument.removeprefix("TO:").strip("<>")
            elif verb == "STARTTLS" and good:
                connection = self.context().wrap_socket(connection, server_side=True)
                stream, session.encrypted = connection.makefile("rb"), True
            elif verb == "DATA" and good:
                content = self.read_mail(stream)
                session.lines.append("(the mail)")
                if self.say(connection, session, "end", content, "250 2.0.0 Ok: queued as 4XYZ"):
                    self.received.append(Received(sender, recipient, content, session.encrypted, session.user, options))
            elif verb == "QUIT":
                return

    @staticmethod
    def read_mail(stream):
        lines = []
        while (line := stream.readline()) != b".\r\n":
            if not line:
                raise Gone
            assert line.endswith(b"\r\n") and len(line) <= 1000, line[:100]
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)


def openssl(folder, *arguments):
    """What it said."""
    return subprocess.run(["openssl", *arguments], cwd=folder, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True).stdout


def make_authority(folder):
    """A throw-away certificate authority, and what it signs for localhost and for another name: (ca, {name: (cert, key)})."""
    openssl(folder, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "7", "-subj",
            "/CN=Throw-away authority", "-keyout", "ca.key", "-out", "ca.pem")
    signed = {}
    for name in ("localhost", "other.example.jp"):
        (folder / f"{name}.ext").write_text(f"subjectAltName=DNS:{name}")
        openssl(folder, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}", "-keyout",
                f"{name}.key", "-out", f"{name}.csr")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "7",
                "-extfile", f"{name}.ext", "-out", f"{name}.pem")
        signed[name] = (folder / f"{name}.pem", folder / f"{name}.key")
    return folder / "ca.pem", signed
