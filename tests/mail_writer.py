"""Writes the gallery: realistic mails as AWS sends them, from short descriptions of ours.

    mail_writer.py            writes rules.d/tests/fixtures/AREA/NAME.eml from tests/gallery/AREA/*.toml
    mail_writer.py --check    says which mails are not what their descriptions give, and ends 1 if any

A description is a [[mail]] table; docs/TESTING.md says what may stand in it. The descriptions are the source, since half of the
mails are base64 or quoted-printable and nobody can read or mend those by hand; the mails are kept too, since a rule's test
names a file. Neither a clock nor chance goes in: every id comes from a hash of the mail's name."""
import base64
import hashlib
import html
import pathlib
import quopri
import re
import sys
import tomllib
from datetime import datetime, timedelta, timezone
from urllib.parse import quote

TESTS = pathlib.Path(__file__).resolve().parent
GALLERY, FIXTURES = TESTS / "gallery", TESTS.parent / "rules.d" / "tests" / "fixtures"
ARRIVED = datetime(2026, 11, 23, 1, 0, tzinfo=timezone.utc)      # a mail without a date: some minutes after this

SENDERS = {
    "text": "Amazon Web Services, Inc. <no-reply-aws@amazon.com>",    # AWS Health until 2025-12
    "html": "AWS Health <health@aws.com>",                            # and since, by AWS User Notifications
    "case": "Amazon Web Services, Inc. <no-reply-aws@amazon.com>",
    "plain": None,
}
KEYS = {
    "name", "forms", "form", "subject", "from", "to", "date", "charset", "encoding", "content", "auth", "signed_by", "headers",
    "body", "body_ja", "greeting", "resources", "account", "region", "service", "event_type", "event_category", "start", "end",
    "case", "case_subject", "severity", "attachments",
}
LINK = re.compile(r"<(https?://[^>\s]+)>")                       # "the user guide <https://…>": a note in text, a link in HTML
FOOTER = ("Amazon Web Services, Inc. is a subsidiary of Amazon.com, Inc.\nThis message was produced and distributed by "
          "Amazon Web Services Inc., 410 Terry Ave. North, Seattle, WA 98109-5210")


class Mail:
    """One description in one form, with ids of its own."""

    def __init__(self, what, form):
        self.what, self.form = what, form
        self.name = what["name"] + ("-" + form if len(what["forms"]) > 1 else "")
        self.digest = hashlib.sha512(self.name.encode()).hexdigest()

    def get(self, key, default=None):
        return self.what.get(key, default)

    def id(self, start, length):
        return self.digest[start:start + length]

    def number(self, start, limit):
        return int(self.id(start, 8), 16) % limit


def http_date(time):
    return time.astimezone(timezone.utc).strftime("%a, %d %b %Y %H:%M:%S GMT")


def paragraphs(text):
    return [part.strip("\n") for part in re.split(r"\n\s*\n", text.strip())]


# Text ------------------------------------------------------------------------------------------------------------------

def with_notes(text):
    """Links become numbered notes below the text."""
    links = []

    def note(match):
        if match[1] not in links:
            links.append(match[1])
        return f"[{links.index(match[1]) + 1}]"
    text = LINK.sub(note, text)
    return text + "".join(("\n\n" if number == 0 else "\n") + f"[{number + 1}] {link}" for number, link in enumerate(links))


def spoken(mail):
    """[(language, paragraphs)], the Japanese half first as AWS Japan sends it."""
    halves = []
    if mail.get("body_ja"):
        halves.append(("ja", ["平素より AWS をご利用いただき、ありがとうございます。"] + paragraphs(mail.get("body_ja"))))
    if mail.get("body"):
        halves.append(("en", [mail.get("greeting", "Hello,")] + paragraphs(mail.get("body"))))
    if len(halves) == 2:
        halves[0][1].insert(0, "(English follows Japanese / 英語の文面は日本語の後に続きます)")
    if mail.get("resources"):
        halves[-1][1].append("\n".join(mail.get("resources")))
    return halves


def text_body(mail):
    parts = []
    for language, said in spoken(mail):
        end = "Sincerely,\nAmazon Web Services" if language == "en" else "アマゾン ウェブ サービス"
        parts.append(with_notes("\n\n".join(said)) + "\n\n" + end)
    return ("\n\n" + "-" * 10 + "\n\n").join(parts) + "\n\n" + FOOTER + "\n"


def case_body(mail):
    case, reply = mail.get("case"), mail.get("subject").startswith("RE:")
    shown = mail.get("severity") and [f"Severity: {mail.get('severity')}"] or []
    account = mail.get("account") and [f"Account ID: {mail.get('account')}"] or []
    said = [(with_notes(mail.get("body_ja")) if mail.get("body_ja") else ""), with_notes(mail.get("body", ""))]
    said = "\n\n".join(part.strip() for part in said if part)
    lines = [f"Case ID: {case}", *account, f"Subject: {mail.get('case_subject', '')}", *shown]
    opening = "" if reply else f"Hello,\n\nAmazon Web Services has opened case {case} on your behalf.\n\n" + "\n".join(lines) + "\n"
    if said:
        opening += said + "\n" if reply else "Correspondence: " + said + "\n"
    language = "ja" if mail.get("body_ja") else "en"
    return (opening + "\nAWS Support Center:\n"
            f"https://console.aws.amazon.com/support/home#/case/?displayId={case}&language={language}\n")


def plain_body(mail):
    said = "\n\n".join(part for part in (mail.get("body_ja"), mail.get("body")) if part).strip("\n")
    if mail.get("content") != "html":
        return said + "\n"
    return ('<!doctype html>\n<html><body>\n' + "\n".join(f"<p>{linked(mail, part)}</p>" for part in paragraphs(said))
            + "\n</body></html>\n")


# HTML ------------------------------------------------------------------------------------------------------------------

def tracked(mail, link):
    """Through the redirect that every link of AWS User Notifications takes."""
    key = hashlib.sha256((mail.name + link).encode()).hexdigest()
    return f"https://{key[:8]}.r.us-east-1.awstrack.me/L0/{quote(link, safe='')}/1/0100{key[8:20]}-000000/{key[20:47]}=450"


def linked(mail, text):
    track = (lambda link: tracked(mail, link)) if mail.form == "html" else lambda link: link
    pieces = LINK.split(text)                                   # text, link, text, link, …
    shown = [html.escape(piece, quote=False).replace("'", "&#8217;") if place % 2 == 0
             else f'<a href="{html.escape(track(piece))}">{html.escape(re.sub("^https?://", "", piece), quote=False)}</a>'
             for place, piece in enumerate(pieces)]
    return "".join(shown).replace("\n", "<br>\n")


def metadata_block(mail):
    """Two columns: what is read from top to bottom has the end before the start."""
    start, end = mail.get("start"), mail.get("end")
    left = [("Affected account", mail.get("account")), ("Event type code", mail.get("event_type")),
            ("Event region", mail.get("region")), ("End time", end and http_date(end))]
    right = [("Service", mail.get("service")), ("Event type category", mail.get("event_category")),
             ("Start time", start and http_date(start))]

    def column(pairs):
        return "\n".join(f'<p style="font-size:12px;margin:0;">{label}</p>\n<p style="margin:0 0 8px 0;">{value}</p>'
                         for label, value in pairs if value)
    return ('<tr><td><h2>Message metadata</h2></td></tr>\n<tr><td><table role="presentation"><tbody><tr>\n'
            f'<td width="50%" valign="top">\n{column(left)}\n</td>\n<td width="50%" valign="top">\n{column(right)}\n</td>\n'
            '</tr></tbody></table></td></tr>')


def html_body(mail):
    subject = html.escape(mail.get("subject"), quote=False)
    said = "\n".join(f'<p style="margin:13px 0;">{linked(mail, part)}</p>' for _, half in spoken(mail) for part in half)
    console = tracked(mail, "https://health.console.aws.amazon.com/health/home#/account/dashboard/scheduled-changes")
    center = tracked(mail, "https://console.aws.amazon.com/notifications/home#/notifications")
    address = mail.get("to", "aws+prod@example.jp")
    return f"""<!doctype html>
<html xmlns="http://www.w3.org/1999/xhtml">
<head><title>{subject}</title><meta http-equiv="Content-Type" content="text/html; charset=UTF-8">
<style type="text/css">body {{ margin:0; }} p {{ display:block; margin:13px 0; }}</style></head>
<body style="background-color:#f4f4f4;">
<div style="display:none;">{subject}</div>
<table role="presentation" width="600" align="center"><tbody>
<tr><td><div style="font-size:18px;">AWS Health Event</div></td></tr>
<tr><td><a href="{center}">View in Notification Center</a></td></tr>
<tr><td><h1 style="font-size:20px;">{subject}</h1></td></tr>
<tr><td><a href="{console}">View details in service console</a></td></tr>
<tr><td>
{said}
</td></tr>
{metadata_block(mail)}
<tr><td><p>Thank you,<br>Amazon Web Services</p></td></tr>
<tr><td style="font-size:11px;"><p>You are receiving this email because {address} is subscribed to AWS Health: Operations
 events notifications.</p></td></tr>
</tbody></table>
<img alt="" src="https://{mail.id(40, 8)}.r.us-east-1.awstrack.me/I0/0100{mail.id(48, 12)}-000000/{mail.id(60, 27)}=450" width="1" height="1">
</body>
</html>
"""


# The message -----------------------------------------------------------------------------------------------------------

def encoded_words(text, charset):
    """RFC 2047, cut between characters so that each word stays within 75."""
    if text.isascii():
        return text
    words, piece = [], ""
    for character in text + "\0":
        if character == "\0" or len(base64.b64encode((piece + character).encode(charset))) > 75 - len(charset) - 7:
            words.append(f"=?{charset}?b?{base64.b64encode(piece.encode(charset)).decode()}?=")
            piece = ""
        piece += character
    return "\n ".join(words)


def transfer(text, charset, wanted):
    """(encoding, lines): as AWS's mailers choose, unless the description does."""
    content = text.encode(charset)
    encoding = wanted or ("7bit" if charset == "iso-2022-jp" else "quoted-printable" if text.isascii() else "base64")
    if encoding == "base64":
        return encoding, base64.encodebytes(content).decode()
    if encoding == "quoted-printable":
        return encoding, quopri.encodestring(content).decode()
    return encoding, content.decode("latin-1")                  # written as bytes again


def authentication(mail, domain):
    result = mail.get("auth", "pass")
    if result == "none":
        return ""
    signer = mail.get("signed_by", domain)
    return (f"Authentication-Results: mx.example.jp;\n\tdkim={result} header.d={signer};\n\tspf=pass smtp.mailfrom=amazonses.com;\n"
            f"\tdmarc={result} header.from={domain}\n")


def trace_headers(mail, sender, date):
    domain = re.search(r"@([^>]+)", sender)[1]
    envelope, to = f"0100{mail.id(0, 28)}-000000", mail.get("to", "aws+prod@example.jp")
    host = f"a{mail.number(0, 60) + 1}-{mail.number(8, 250) + 1}.smtp-out.amazonses.com"
    return (f"Return-Path: <{envelope}@amazonses.com>\nDelivered-To: {to}\n{authentication(mail, domain)}"
            f"Received: from {host} ({host} [192.0.2.{mail.number(16, 250) + 1}])\n\tby mx.example.jp (Postfix) with ESMTPS id "
            f"{mail.id(24, 10).upper()}\n\tfor <{to}>; {date:%a, %d %b %Y %H:%M:%S} +0000\n"
            f"Date: {date:%a, %d %b %Y %H:%M:%S} +0000\nFrom: {sender}\nTo: {to}\n"
            f"Message-ID: <{envelope}@email.amazonses.com>\n")


def health_headers(mail):
    if mail.form != "text" or not mail.get("event_type"):
        return ""
    unique = mail.digest[64:]
    return (f"X-SM-COMMUNICATION: true\nX-SM-COMMUNICATION-TYPE: {mail.get('event_type')}\n"
            f"X-SM-DEDUPING-ID: {unique[:8]}-{unique[8:12]}-{unique[12:16]}-{unique[16:20]}-{unique[20:32]}-EMAIL--1-{unique[32:48]}\n")


def write_mail(mail):
    sender = mail.get("from") or SENDERS[mail.form]
    date = mail.get("date") or ARRIVED + timedelta(minutes=mail.number(32, 600))
    charset = mail.get("charset", "utf-8")
    body = {"text": text_body, "html": html_body, "case": case_body, "plain": plain_body}[mail.form](mail)
    kind = "html" if mail.form == "html" or mail.get("content") == "html" else "plain"
    encoding, lines = transfer(body, charset, "quoted-printable" if mail.form == "html" else mail.get("encoding"))
    content = f'Content-Type: text/{kind}; charset="{charset.upper()}"\nContent-Transfer-Encoding: {encoding}\n'
    head = trace_headers(mail, sender, date) + f"Subject: {encoded_words(mail.get('subject'), charset)}\nMIME-Version: 1.0\n"
    extra = health_headers(mail) + "".join(f"{name}: {value}\n" for name, value in mail.get("headers", {}).items())
    if not mail.get("attachments"):
        return (head + content + extra + "\n" + lines).encode("latin-1")
    border = "=_" + mail.id(70, 24)
    parts = [content + "\n" + lines] + [
        f'Content-Type: {part["type"]}; name="{part["name"]}"\nContent-Disposition: attachment; filename="{part["name"]}"\n'
        f'Content-Transfer-Encoding: base64\n\n{base64.encodebytes(part["content"].encode()).decode()}'
        for part in mail.get("attachments")]
    return (head + f'Content-Type: multipart/mixed; boundary="{border}"\n' + extra + "\n"
            + "".join(f"--{border}\n{part}\n" for part in parts) + f"--{border}--\n").encode("latin-1")


# The gallery -----------------------------------------------------------------------------------------------------------

def read_mails(path):
    """The mails of one file of descriptions; a mistake in it ends the program with file, mail and remedy."""
    with open(path, "rb") as file:
        described = tomllib.load(file)
    for place, what in enumerate(described.pop("mail", []), 1):
        at = f"{path}: mail {what.get('name', place)}"
        what = described | what                                 # what stands above the first [[mail]] holds for all of them
        what["forms"] = what.get("forms") or [what.get("form", "text")]
        if unknown := sorted(set(what) - KEYS):
            sys.exit(f"{at}: unknown key {unknown[0]!r}; known are {', '.join(sorted(KEYS))}")
        for key in ("name", "subject") + (("case",) if "case" in what["forms"] else ()) + (("from",) if "plain" in what["forms"] else ()):
            if key not in what:
                sys.exit(f"{at}: write {key} = …")
        for form in what["forms"]:
            if form not in SENDERS:
                sys.exit(f"{at}: form {form!r}; write one of {', '.join(SENDERS)}")
            yield Mail(what, form)


def gallery():
    """{path of a mail: its bytes}, for every description."""
    mails = {}
    for path in sorted(GALLERY.glob("*/*.toml")):
        for mail in read_mails(path):
            target = FIXTURES / path.parent.name / f"{mail.name}.eml"
            if target in mails:
                sys.exit(f"{path}: mail {mail.name}: this name is taken; give it another")
            mails[target] = write_mail(mail)
    return mails


def differences(mails):
    """What stands in the areas' folders and is not what the descriptions give."""
    found = {path for area in {path.parent for path in mails} for path in area.glob("*.eml")}
    return sorted(path for path in found | set(mails) if path not in mails or not path.exists() or path.read_bytes() != mails[path])


def main(arguments):
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    mails = gallery()
    wrong = differences(mails)
    if arguments:
        for path in wrong:
            print(f"{path}: {'differs from its description' if path in mails else 'has no description'}; run {sys.argv[0]}", file=sys.stderr)
        return 1 if wrong else 0
    for path in wrong:
        if path in mails:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(mails[path])
        else:
            path.unlink()
    print(f"{len(mails)} mails, {len(wrong)} changed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
