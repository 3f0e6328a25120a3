"""Who speaks, over the shipped rules: each forgery is suspicious and told to the operators alone, no genuine sender is; with
a trusted mail server and without one. A forgery that only a mail server can tell from AWS's mail (its From is AWS's, and there
is no other sign in it) is marked TOLD_BY_SERVER: without trust it is unproven, and what needs proof is held."""
import base64
import json
import time
from urllib.parse import quote

import pytest

from conftest import ACCOUNT

SERVER = "mx.example.jp"
CASE = "Amazon Web Services: New Support case: 171234567800123"
URGENT = "Subject: Your AWS account 123456789012 is compromised\nSeverity: Urgent\nIt is compromised.\n"
RETIREMENT = f"Amazon EC2 Instance Retirement [AWS Account: {ACCOUNT}]"
EVIL = f"{SERVER}; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=evil.example; dmarc=pass header.from=evil.example"
FAILED = f"{SERVER}; dkim=none; spf=softfail smtp.mailfrom=amazon.com; dmarc=fail header.from=amazon.com"
AWS = "Amazon Web Services <no-reply-aws@amazon.com>"

CONFIG = """
spool "in" {{ kind = "maildir", path = "spool"{trust} }}
store "store"
rules "rules.d" {{}}
operators {{ mail = {{ "ops@example.jp" }}, phone = {{ "+81300000000" }} }}
smtp {{ from = "awsift@example.jp" }}
channel "aws-security" {{ url = "{peer}/chat" }}
channel "call" {{ url = "{peer}/call" }}
webhook "tickets" {{ url = "{peer}/webhook" }}
timezone "Asia/Tokyo"
"""
TRUST = ', trust = { authserv_id = "mx.example.jp", lists = { "aws@lists.example.jp" }, arc = { "forwarder.example" } }'


def behind_safe_links(link, times):
    for _ in range(times):
        link = "https://eur01.safelinks.protection.outlook.com/?url=" + quote(link, safe="")
    return link


def mail(sender, subject, body="Hello.\n", results=None, headers=(), kind="text/plain; charset=utf-8", above=()):
    """sender: the value of From, or the whole lines where it holds a line break; results: what the last server found."""
    lines = [f"Authentication-Results: {results}"] if results else []
    lines += list(above) + ([sender] if sender.startswith("From:") else [f"From: {sender}"])
    lines += ["To: root@example.com", f"Subject: {subject}",
              "Date: " + time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime()), *headers, "MIME-Version: 1.0",
              f"Content-Type: {kind}", "", body]
    return "\n".join(lines).encode()


def attached(name, content=b"x", kind="application/octet-stream", disposition=None):
    disposition = disposition or f'attachment; filename="{name}"'
    return "\n".join(["--b", "Content-Type: text/plain", "", "See the receipt.", "--b", f"Content-Type: {kind}",
                      f"Content-Disposition: {disposition}", "Content-Transfer-Encoding: base64", "",
                      base64.b64encode(content).decode(), "--b--", ""])


def alternative(html, plain="See the console."):
    return "\n".join(["--b", "Content-Type: text/plain", "", plain, "--b", "Content-Type: text/html; charset=utf-8", "", html,
                      "--b--", ""])


MIXED, BOTH = "multipart/mixed; boundary=b", "multipart/alternative; boundary=b"
HTML = "text/html; charset=utf-8"
FREE_TIER = "AWS Free Tier limit alert"
COSTS = "AWS Free Tier <freetier@costalerts.amazonaws.com>"
COSTS_FAILED = f"{SERVER}; dkim=none; spf=fail smtp.mailfrom=emkei.cz; dmarc=fail header.from=costalerts.amazonaws.com"
SNS = "AWS Notifications <no-reply@sns.amazonaws.com>"
SNS_PASS = f"{SERVER}; dkim=pass header.d=sns.amazonaws.com; dmarc=pass header.from=sns.amazonaws.com"
ZIP = b"PK\x03\x04" + bytes(22) + len("invoice.pdf.js").to_bytes(2, "little") + bytes(2) + b"invoice.pdf.js" + b"x"

FORGERIES = {
    # seen in the wild
    "receipt in the name of Free Tier": mail(
        COSTS, FREE_TIER, attached("AWS_Billing_Receipt.pdf.exe"), COSTS_FAILED, kind=MIXED,
        headers=["Reply-To: aws-billing@proton.example", "Message-ID: <1@emkei.cz>"]),
    "red team of amazon.org": mail("AWS <tier_alerts@amazon.org>", FREE_TIER,
                                   results=f"{SERVER}; dkim=pass header.d=amazon.org; dmarc=pass header.from=amazon.org"),
    "domain that ends alike": mail("Billing <someone@notamazon.com>", "Your invoice",
                                   results=f"{SERVER}; dkim=pass header.d=notamazon.com; dmarc=pass header.from=notamazon.com"),
    "link with a name in front": mail(AWS, "Verify", "https://console.aws.amazon.com.evil.example/verify\n", FAILED),
    "link with a name before the @": mail(AWS, "Verify", "https://aws.amazon.com@evil.example/verify\n", FAILED),
    "customer's words through SNS": mail(
        SNS, "AWS billing: payment overdue", "Pay at https://aws-billing-console.evil.example/pay\n", SNS_PASS),
    "retail form, unproven": mail("vendor-support@amazon.com", "RE:[CASE 12345678901] Your order", results=FAILED),
    # names and addresses
    "name with a free mailer": mail("AWS Support <support77@gmail.example>", CASE, URGENT,
                                    f"{SERVER}; dkim=pass header.d=gmail.example; dmarc=pass header.from=gmail.example"),
    "encoded name": mail("=?utf-8?B?QW1hem9uIFdlYiBTZXJ2aWNlcw==?= <a@evil.example>", "Verify", results=EVIL),
    "sub-domain that begins as AWS's": mail("no-reply@aws.amazon.com.evil.example", "Verify", results=EVIL),
    "costalerts that look alike": mail("budgets@costalerts.arnazonaws.com", "AWS Budgets: alert", results=EVIL),
    "Cyrillic letter in the domain": mail("no-reply@xn--mazon-3ve.com", "Verify", results=EVIL),
    "Cyrillic letter in the name": mail("=?utf-8?B?0JBXUyBTdXBwb3J0?= <a@evil.example>", "Verify", results=EVIL),
    "customer of SES": mail("AWS Billing <billing@customer.example>", "Invoice available",
                            results=f"{SERVER}; dkim=pass header.d=customer.example; dkim=pass header.d=amazonses.com; "
                                    "dmarc=pass header.from=customer.example"),
    "two addresses": mail("no-reply-aws@amazon.com, a@evil.example", "Verify", results=EVIL),
    "two From": mail(f"From: {AWS}\nFrom: a@evil.example", "Verify", results=EVIL),
    "Sender": mail("Bob <bob@evil.example>", "Verify", results=EVIL, headers=["Sender: no-reply-aws@amazon.com"]),
    "group": mail("Amazon Web Services: a@evil.example;", "Verify", results=EVIL),
    "no address in From": mail("<>", RETIREMENT, results=f"{SERVER}; dkim=none"),
    "address that one writes to": mail("stop-spoofing@amazon.com", "Report received", results=FAILED),
    # words and headers that rules believe
    "event type on a stranger's mail": mail("Bob <bob@evil.example>", "Notice", results=EVIL,
                                            headers=["X-SM-COMMUNICATION-TYPE: AWS_RISK_CREDENTIALS_EXPOSED"]),
    "case of a stranger": mail("Support <support@evil.example>", CASE, URGENT, EVIL),
    "cancelled by a stranger": mail("Ops <ops@evil.example>", RETIREMENT, "This maintenance has been cancelled.\n", EVIL),
    "list that nobody trusts": mail("'Amazon Web Services' via x <x@evil.example>", RETIREMENT, results=EVIL,
                                    headers=["X-Original-From: no-reply-aws@amazon.com",
                                             "X-Original-Authentication-Results: g; dkim=pass header.d=amazon.com"]),
    # answers, links and files
    "answers to a free mailer": mail(AWS, CASE, URGENT, FAILED, headers=["Reply-To: AWS <aws.case@proton.example>"]),
    "answers to a customer's machine": mail(AWS, CASE, URGENT, FAILED,
                                            headers=["Reply-To: a@ec2-203-0-113-5.compute-1.amazonaws.com"]),
    "link with digits for letters": mail(AWS, "Verify", "https://amaz0n-aws.example/\n", FAILED),
    "international host": mail(AWS, "Verify", "https://аws.amаzon.example/\n", FAILED),
    "percent signs in the host": mail(AWS, "Verify", "https://aws.amazon.com%2eevil.example/\n", FAILED),
    "address without a scheme": mail(AWS, "Verify", "Open console.aws.amazon.com.evil.example/login now\n", FAILED),
    "link right behind Japanese": mail(AWS, "Verify", "詳細はhttps://aws.amazon.com.evil.example/を参照\n", FAILED),
    "link that shows another address": mail(
        AWS, "Verify", '<a href="https://evil.example/x">https://console.aws.amazon.com/</a>', FAILED, kind=HTML),
    "the same to a customer's bucket": mail(
        AWS, "Verify", '<a href="https://x.s3.amazonaws.com/p.html">Sign in: https://signin.aws.amazon.com/ now</a>', FAILED,
        kind=HTML),
    "the same in the alternative that rules do not read": mail(
        AWS, "Verify", alternative('<p><a href="https://evil.example">console.aws.amazon.com</a>'), FAILED, kind=BOTH),
    "link behind tracking": mail(
        AWS, "Verify", "https://abc.r.us-east-1.awstrack.me/L0/https:%2F%2Fconsole.aws.amazon.com.evil.example%2Fx/1/0100/a=1\n",
        FAILED),
    "link behind Safe Links": mail(
        AWS, "Verify",
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Faws-signin.evil.example%2F&data=05\n", FAILED),
    "link behind Safe Links, many times": mail(AWS, "Verify", behind_safe_links("https://aws-signin.evil.example/", 9) + "\n", FAILED),
    "link before more markup than is parsed": mail(
        AWS, "Verify", '<a href="https://aws.amazon.com.evil.example/login">sign in</a>' + "<div>" * 5000, FAILED, kind=HTML),
    "link behind URL Defense": mail(
        AWS, "Verify", "https://urldefense.com/v3/__https://aws-signin.evil.example/a__;!!x$\n"
        "https://urldefense.proofpoint.com/v2/url?u=https-3A__aws-2Dlogin.evil.example_x&d=x\n", FAILED),
    "sign-in without https": mail(AWS, "Verify", "http://signin.aws.amazon.com/\n", FAILED),
    "shortcut": mail(AWS, "Invoice", attached("invoice.lnk"), FAILED, kind=MIXED),
    "program that is called a document": mail(AWS, "Invoice", attached("invoice.pdf", b"MZ\x90\0", "application/pdf"), FAILED,
                                              kind=MIXED),
    "script in an archive": mail(AWS, "Invoice", attached("invoice.zip", ZIP, "application/zip"), FAILED, kind=MIXED),
    "name that is turned around": mail(
        AWS, "Invoice", attached("", disposition="attachment; filename*=utf-8''invoice%E2%80%AEfdp.scr"), FAILED, kind=MIXED),
    "page as a file": mail(AWS, "Invoice", attached("invoice.html", b"<form>", "text/html"), FAILED, kind=MIXED),
    "file through SNS": mail(SNS, "AWS billing", attached("bill.exe"), SNS_PASS, kind=MIXED),
    "stranger with a link that imitates": mail("Jane <jane@evil.example>", "Your account is suspended",
                                               "https://console.aws.amazon.com.evil.example/restore\n", EVIL),
}

TOLD_BY_SERVER = {
    "From of AWS": mail(AWS, RETIREMENT, results=FAILED),
    "case mail": mail(AWS, CASE, URGENT, FAILED),
    "cancelled": mail(AWS, RETIREMENT, "This maintenance has been cancelled.\n", FAILED),
    "signature of another domain": mail(AWS, RETIREMENT, results=f"{SERVER}; dkim=pass header.d=evil.example"),
    "no results": mail(AWS, RETIREMENT),
    "results that the attacker brought": mail(
        AWS, RETIREMENT, results=f"{SERVER}; dkim=none", headers=[],
        above=["Received: from evil.example by mx.example.jp; Thu, 1 Jan 2026 00:00:00 +0000",
               f"Authentication-Results: {SERVER}; dkim=pass header.d=amazon.com"]),
    "results of another server": mail(AWS, RETIREMENT, results="mx.evil.example; dkim=pass header.d=amazon.com"),
    "key of a customer's machine": mail(
        "no-reply@amazonaws.com", RETIREMENT,
        results=f"{SERVER}; dkim=pass header.d=ec2-203-0-113-5.compute-1.amazonaws.com"),
    "key of a customer's portal": mail("no-reply@login.awsapps.com", "Invitation",
                                       results=f"{SERVER}; dkim=pass header.d=x.login.awsapps.com"),
    "seals of a stranger": mail(
        AWS, RETIREMENT, results=f"{SERVER}; dkim=fail header.d=amazon.com; arc=pass",
        above=["ARC-Seal: i=1; a=rsa-sha256; cv=none; d=evil.example; s=a; b=x",
               "ARC-Authentication-Results: i=1; mx.evil.example; dkim=pass header.d=amazon.com"]),
    "a trusted list, whose server found nothing": mail(
        "'Amazon Web Services' via aws <aws@lists.example.jp>", RETIREMENT,
        results=f"{SERVER}; dkim=pass header.d=lists.example.jp",
        headers=["List-Id: <aws.lists.example.jp>", "X-Original-From: no-reply-aws@amazon.com",
                 "X-Original-Authentication-Results: g; dkim=fail header.d=amazon.com; dmarc=fail header.from=amazon.com"]),
}

IMITATION = "console.aws.amazon.com.evil.example"
FORGERIES.update({f"an imitated host in {name}": mail("Billing <x@evil.example>", "Your bill", html, EVIL, kind=HTML) for name, html in {
    "a form": f'<form action="https://{IMITATION}/login"><input name="password"></form>',
    "a button": f'<form><button formaction="https://{IMITATION}/login">Pay</button></form>',
    "an image's map": f'<map name="m"><area href="https://{IMITATION}/login"></map>',
    "the base of its links": f'<base href="https://{IMITATION}/"><a href="login">Pay</a>',
    "a link without its scheme": f'<a href="//{IMITATION}/login">Pay</a>',
}.items()})
FORGERIES["a link behind a base, of what another address shows"] = mail(
    COSTS, FREE_TIER, '<base href="https://evil.example/"><a href="console">https://console.aws.amazon.com</a>', COSTS_FAILED, kind=HTML)

ADDRESSES = """
no-reply-aws@amazon.com health@aws.com notifications@aws.com marketplace@aws.com no-reply@marketplace.aws partner-central@aws.com
somebody-new@aws.com invoicing@aws.com no-reply@amazonaws.com trustandsafety@support.aws.com ec2-abuse@amazon.com
aws-account-notifications@amazon.com budgets@costalerts.amazonaws.com freetier@costalerts.amazonaws.com
anomalydetection@costalerts.amazonaws.com no-reply@signin.aws no-reply@login.awsapps.com no-reply@verify.signin.aws
recover-mfa-no-reply@verify.signin.aws no-reply@signup.aws noreply@registrar.amazon noreply@registrar.amazon.com
route53-dev-admin@amazon.com noreply@domainnameverification.net noreply@emailverification.info no-reply@certificates.amazon.com
aws-marketing-email-replies@amazon.com apn-info@amazon.com aws-receivables-support@email.amazon.com
""".split()

LINKS = """
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/a.html https://ap-northeast-1.console.aws.amazon.com/ec2/home#Instances
https://d-1234567890.awsapps.com/start https://abc.r.us-east-1.awstrack.me/L0/https:%2F%2Fhealth.aws.amazon.com%2F/1/0100/x=1
https://repost.aws/knowledge-center/x https://www.amazontrust.com/repository/ https://link.aws/x https://amzn.to/3abc
https://bucket.s3.ap-northeast-1.amazonaws.com/key https://s3.amazonaws.com/aws-signin-logs/x http://aws.amazon.com/
http://www.w3.org/1999/xhtml https://d111111abcdef8.cloudfront.net/x https://phd.aws.amazon.com/phd/home
https://signin.aws.amazon.com/resetpassword?x=1 https://github.com/aws/aws-cli https://www.customer.example/aws
https://aws.customer.example/page com.amazonaws.services.s3 amazon.titan-embed-text-v1 AmazonS3.ReadOnly
""".split()


def passed(address, subject=RETIREMENT, body="Hello.\n", more="", **rest):
    """As SES sends it: two signatures, an envelope sender of its own, so that SPF says nothing of From."""
    domain = address.split("@")[1]
    return mail(f"AWS <{address}>", subject, body, f"{SERVER}; dkim=pass header.i=@{domain}; dkim=pass header.i=@amazonses.com; "
                f"spf=pass smtp.mailfrom=0100-000000@amazonses.com; dmarc=pass (p=QUARANTINE) header.from={domain}{more}", **rest)


LIST_HEADERS = ["List-Id: <aws.lists.example.jp>", "X-Original-Sender: no-reply-aws@amazon.com",
                "Reply-To: no-reply-aws@amazon.com", "Precedence: list",
                "X-Original-Authentication-Results: mx.google.com; dkim=pass header.i=@amazon.com; dmarc=pass header.from=amazon.com"]
GENUINE = {
    **{address: passed(address) for address in ADDRESSES},
    "every kind of link": passed("health@aws.com", body="\n".join(LINKS) + "\n"),
    "links in HTML": passed(
        "health@aws.com", kind=HTML,
        body='<html xmlns="http://www.w3.org/1999/xhtml">' + "".join(f'<a href="{link}">{link}</a> ' for link in LINKS[:14])
        + '<a href="https://abc.awstrack.me/L0/https:%2F%2Fconsole.aws.amazon.com%2Fx/1/2">console.aws.amazon.com</a>'
        + '<a href="https://aws.amazon.com/x">docs.aws.amazon.com/y</a>'
        + '<a href="https://protect.mimecast.com/s/abc">https://aws.amazon.com/</a>'
        + '<a href="https://us-west-2.protection.sophos.com?d=amazon.com&u=aHR0cHM6">https://aws.amazon.com/</a>'
        + '<a href="https://protect.checkpoint.com/v2/___https://aws.amazon.com___.YzJ1">https://aws.amazon.com/</a>'
        + '<a href="https://scanmail.trustwave.com/?c=1&u=https%3a%2f%2faws%2eamazon%2ecom%2f">https://aws.amazon.com/</a>'
        + '<base href="https://console.aws.amazon.com/"><a href="billing">console.aws.amazon.com</a><form action="//aws.amazon.com"></form>'),
    "a document": passed("invoicing@aws.com", kind=MIXED, body=attached("invoice.pdf", b"%PDF-1.7", "application/pdf")),
    "answers to AWS": passed("no-reply-aws@amazon.com", headers=["Reply-To: trustandsafety@support.aws.com"]),
    "answers to the list that brought it": passed(
        "health@aws.com", headers=["List-Id: <aws.example.com>", "Reply-To: aws@example.com"],
        above=["Delivered-To: root@example.com"]),
    "a filter's forward, which breaks SPF": mail(
        AWS, RETIREMENT, results=f"{SERVER}; dkim=pass header.d=amazon.com; spf=fail smtp.mailfrom=x@example.org"),
    "Google Groups": mail("'Amazon Web Services, Inc.' via AWS <aws@lists.example.jp>", RETIREMENT,
                          results=f"{SERVER}; dkim=pass header.d=lists.example.jp", headers=LIST_HEADERS),
    "Google Groups, the old header": mail(
        "'Amazon Web Services, Inc.' via AWS <aws@lists.example.jp>", RETIREMENT,
        results=f"{SERVER}; dkim=pass header.d=lists.example.jp",
        headers=["List-Post: <https://groups.example/x>, <mailto:aws@lists.example.jp>",
                 'X-Original-From: "Amazon Web Services, Inc." <no-reply-aws@amazon.com>', *LIST_HEADERS[2:]]),
    "a list that leaves the author in Reply-To": mail(
        "Amazon Web Services via aws <aws@lists.example.jp>", RETIREMENT,
        results=f"{SERVER}; dkim=pass header.d=lists.example.jp", headers=[LIST_HEADERS[0], *LIST_HEADERS[2:]]),
}
SEALED = mail(AWS, RETIREMENT, results=f"{SERVER}; dkim=fail header.d=amazon.com; arc=pass",
              above=["ARC-Seal: i=1; a=rsa-sha256; cv=none; d=forwarder.example; s=a; b=x",
                     "ARC-Authentication-Results: i=1; mx.forwarder.example; dkim=pass header.d=amazon.com"])


def set_up(site, trust):
    """The shipped rules and the site's contacts."""
    (site.rules / "50-test.lua").unlink()
    site.config.write_text(CONFIG.format(peer=site.peer_url, trust=TRUST if trust else ""), encoding="utf-8")


def classify(site, mails):
    """{name: decision}."""
    folder = site.folder / "mails"
    folder.mkdir()
    names = sorted(mails)
    for number, name in enumerate(names):
        (folder / f"{number:03}.eml").write_bytes(mails[name])
    decisions = site.objects("classify", folder)
    assert len(decisions) == len(names)
    return dict(zip(names, sorted(decisions, key=lambda decision: decision["file"])))


def assert_suspicious(decisions):
    told = [{"action": "forward", "args": {"to": "operators"}}]
    wrong = {name: (one["category"], one["auth"], one["defects"], one["actions"]) for name, one in decisions.items()
             if one["category"] != "suspicious" or one["rule"] or one["actions"] != told or not one["auth"]["reasons"]}
    assert not wrong, json.dumps(wrong, indent=1)


def test_forgeries_with_trust(site):
    set_up(site, True)
    assert_suspicious(classify(site, {**FORGERIES, **TOLD_BY_SERVER}))


def test_forgeries_without_trust(site):
    """Nobody says who sent them, and still what they claim and what is in them gives them away."""
    set_up(site, False)
    assert_suspicious(classify(site, FORGERIES))


def test_forgeries_that_only_a_server_tells_ring_nobody_without_trust(site):
    set_up(site, False)
    decisions = classify(site, TOLD_BY_SERVER)
    assert {one["auth"]["verdict"] for one in decisions.values()} == {"unproven"}
    powerful = {one["action"] for decision in decisions.values() for one in decision["actions"]} & {"call", "page", "exec"}
    assert not powerful and "held" in decisions["case mail"]["tags"]


def test_forgeries_are_told_to_the_operators_alone(site, peer):
    """Through the daemon: nothing is posted, nobody else gets a mail."""
    set_up(site, True)
    for content in FORGERIES.values():
        site.deliver(content)
    site.run("run", "--once")
    rows = site.mails()
    assert {row["category"] for row in rows} == {"suspicious"} and len(rows) == len(FORGERIES)
    copies = [path.read_text(errors="replace") for path in site.outbox()]
    assert len(copies) == len(FORGERIES) and all("\nTo: <ops@example.jp>\n" in text for text in copies)
    assert not peer.requests


@pytest.mark.parametrize("trust", [True, False])
def test_genuine_senders(site, trust):
    set_up(site, trust)
    mails = {**GENUINE, "sealed": SEALED}
    decisions = classify(site, mails)
    want = {"proven"} if trust else {"unproven"}
    wrong = {name: (one["category"], one["auth"], one["defects"]) for name, one in decisions.items()
             if one["auth"]["verdict"] not in want or one["category"] == "suspicious"}
    assert not wrong, json.dumps(wrong, indent=1)
    signs = {"deceptive-link", "reply-to-elsewhere", "executable-attachment"}
    assert not {name for name, one in decisions.items() if signs & set(one["defects"])}


@pytest.mark.parametrize("trust", [True, False])
def test_sns_is_genuine_and_does_not_speak_for_aws(site, trust):
    set_up(site, trust)
    one = classify(site, {"alarm": mail(SNS, 'ALARM: "cpu" in Asia Pacific (Tokyo)',
                                        "https://ap-northeast-1.console.aws.amazon.com/cloudwatch/\n"
                                        "https://sns.ap-northeast-1.amazonaws.com/unsubscribe.html?x=1\n", SNS_PASS)})["alarm"]
    assert one["auth"]["verdict"] == "stranger" and one["category"] not in ("suspicious", "unmatched"), one


def test_amazon_is_no_forgery_and_not_aws(site):
    """Proven by amazon.com, from an address that does not speak for AWS: shops, their support, staff."""
    set_up(site, True)
    (site.rules / "70-shops.lua").write_text('rule "shops" { from = "shop@amazon.com", speaker = "any", category = "other" }\n')
    decisions = classify(site, {
        "case": passed("vendor-support@amazon.com", "RE:[CASE 12345678901] Your order", more=""),
        "order": passed("auto-confirm@amazon.co.jp", "Your order").replace(b"From: AWS ", b"From: Amazon "),
        "ruled": passed("shop@amazon.com", RETIREMENT),
        "below the domain": passed("x@marketplace.amazon.com", "Amazon EC2 Instance Retirement").replace(b"From: AWS ", b"From: Jane "),
        "staff": passed("jdoe@amazon.com", "Our meeting").replace(b"From: AWS ", b"From: Jane "),
        "staff about AWS": passed("jdoe@amazon.com", "Your AWS credits").replace(b"From: AWS ", b"From: Jane "),
    })
    got = {name: (one["auth"]["verdict"], one["category"], one["rule"]) for name, one in decisions.items()}
    assert got["ruled"] == ("stranger", "other", "shops")
    assert got["order"] == got["staff"] == ("stranger", "not_aws", None)
    assert got["below the domain"] == got["staff about AWS"] == ("stranger", "unmatched", None)
    assert got["case"] == ("stranger", "other", "other.amazon-retail")
    assert all("Amazon" in "".join(one["auth"]["reasons"]) for one in decisions.values())
    explained = site.run("explain", decisions["below the domain"]["file"]).stdout
    assert "ec2.instance-retirement is for what AWS says, and somebody else at Amazon speaks" in " ".join(explained.split())


def test_proof_comes_before_signs(site):
    """A case quotes what its owner wrote: the mail keeps its category, and the signs are told."""
    set_up(site, True)
    decisions = classify(site, {
        "link": passed("no-reply-aws@amazon.com", "RE:[CASE 171234567800123] Help", "https://aws.amazon.com.evil.example/\n"),
        "file": passed("no-reply-aws@amazon.com", "RE:[CASE 171234567800123] Help", attached("tool.exe"), kind=MIXED)})
    for name, defect in (("link", "deceptive-link"), ("file", "executable-attachment")):
        one = decisions[name]
        assert (one["auth"]["verdict"], one["category"]) == ("proven", "support_case")
        assert defect in one["defects"] and len(one["auth"]["reasons"]) == 1
    assert decisions["file"]["tags"] == ["executable-attachment"] and decisions["link"]["tags"] == []


@pytest.mark.parametrize("trust", [True, False])
def test_what_a_colleague_passes_on_reaches_the_operators(site, trust):
    """Nothing proves it, and it may be a compromise. A rule of one's own says whose mail is no matter."""
    set_up(site, trust)
    mails = {subject: mail("Taro <taro@example.jp>", subject, f"From: {AWS}\nhttps://aws.amazon.com/\n{URGENT}",
                           f"{SERVER}; dkim=pass header.d=example.jp")
             for subject in (f"Fwd: {RETIREMENT}", f"Fw: {CASE}", "RE: [CASE 171234567800123] Please confirm")}
    decisions = classify(site, mails)
    assert_suspicious(decisions)
    assert decisions[f"Fw: {CASE}"]["priority"] == "urgent"
    assert "a colleague passes on" in decisions[f"Fwd: {RETIREMENT}"]["auth"]["reasons"][-1]
    site.rule("50-ours.lua", 'rule "ours" { from = "@example.jp", speaker = "any", category = "not_aws" }')
    for one in site.objects("classify", site.folder / "mails"):
        assert (one["category"], one["rule"], one["actions"]) == ("not_aws", "ours", [])


def test_a_strangers_links_are_his_own(site):
    """What is no claim stays none: a newsletter counts its clicks, and is about AWS."""
    set_up(site, False)
    one = classify(site, {"newsletter": mail(
        "News <news@press.example>", "Cloud news of this week", kind=HTML,
        body='<a href="https://click.press.example/1">aws.amazon.com/blogs</a> <a href="https://aws-login.press.example">x</a>'
             '<a href="https://amazonwatch.example">y</a>')})["newsletter"]
    assert (one["auth"]["verdict"], one["category"], one["defects"]) == ("stranger", "not_aws", [])
