"""HTTP and HTTPS servers on loopback that behave as badly as servers do, and certificates of every kind for them."""
import gzip
import re
import socket
import ssl
import struct
import threading
from urllib.parse import unquote

from smtp_server import make_authority, openssl


def make_certificates(folder):
    """(ca, {kind: (certificate, key)}) for localhost: good, of another name, expired, and signed by itself."""
    ca, signed = make_authority(folder)
    certificate, key = signed["localhost"]
    past = "-not_after" in openssl(folder, "x509", "-help")  # since 3.4, which takes no negative number of days
    openssl(folder, "x509", "-req", "-in", "localhost.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-extfile", "localhost.ext", "-out", "expired.pem",
            *(["-not_before", "20200101000000Z", "-not_after", "20200102000000Z"] if past else ["-days", "-1"]))
    openssl(folder, "x509", "-req", "-in", "localhost.csr", "-signkey", key, "-days", "7", "-extfile", "localhost.ext", "-out", "itself.pem")
    return ca, {"good": (certificate, key), "other": signed["other.example.jp"], "expired": (folder / "expired.pem", key),
                "itself": (folder / "itself.pem", key)}


def tls(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


class Rude:
    """A server that answers as its path says, one thread a connection; `seen` are the heads of the requests, `bodies` what came
    with them."""

    def __init__(self, context=None):
        self.seen, self.bodies = [], []
        self.asked = threading.local()
        self.connections = 0
        self.over = threading.Event()
        self.context = context
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.url = f"{'https' if context else 'http'}://localhost:{self.socket.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection = self.socket.accept()[0]
                self.connections += 1
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            with connection:
                if self.context:
                    connection = self.context.wrap_socket(connection, server_side=True)
                request = b""
                while b"\r\n\r\n" not in request:
                    more = connection.recv(65536)
                    if not more:
                        return
                    request += more
                head, _, body = request.partition(b"\r\n\r\n")
                head = head.decode(errors="replace")
                length = re.search(r"(?im)^content-length: (\d+)", head)
                while length and len(body) < int(length[1]):
                    body += connection.recv(65536)
                self.asked.head, self.asked.body = head, body
                self.seen.append(head)
                self.bodies.append(body)
                name, _, value = unquote(head.split(" ")[1].lstrip("/")).partition("/")
                getattr(self, name)(connection, value)
        except OSError:
            pass

    def close(self):
        self.over.set()
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def answers(self, connection, status, headers="", body=b"ok"):
        connection.sendall(f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)

    def fine(self, connection, _):
        self.answers(connection, "200 OK")

    def large(self, connection, size):
        self.answers(connection, "200 OK", body=b"x" * int(size))

    def silent(self, connection, _):
        self.over.wait(30)

    def drip(self, connection, _):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not self.over.wait(0.1):
            connection.sendall(b"x")

    def flood(self, connection, _):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        for _ in range(1 << 14):  # 1 GiB
            connection.sendall(b"x" * (1 << 16))

    def headers(self, connection, _):
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        for number in range(1 << 20):
            connection.sendall(f"X-{number}: {'x' * 1000}\r\n".encode())

    def moved(self, connection, where):
        self.answers(connection, "302 Found", f"Location: {where}\r\n")

    def cut(self, connection, _):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")

    def reset(self, connection, _):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def nonsense(self, connection, _):
        connection.sendall(b"\0\xff nonsense\r\n\r\n")

    def later(self, connection, value):
        self.answers(connection, "429 Too Many Requests", f"Retry-After: {value}\r\n")

    def echo(self, connection, status):
        """What was asked, all of it, as the other side's complaint."""
        self.answers(connection, f"{status} No", body=(self.asked.head + "\r\n\r\n").encode() + self.asked.body)

    def bomb(self, connection, _):
        self.answers(connection, "200 OK", "Content-Encoding: gzip\r\n", gzip.compress(b"\0" * (64 << 20)))

    def failing(self, connection, status):
        self.answers(connection, f"{status} Broken", body=b"<html>\r\n<h1>broken</h1>\r\n" + "壊れています。".encode() * 40)
