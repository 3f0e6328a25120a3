"""The examples for ticket systems (docs/examples/tickets) against a server that holds what each service documents of its API, and
that now and then does what it was asked for without saying so: no notice gets a second ticket or a comment twice."""
import base64
import json
import re
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from conftest import SOURCE
from test_threads import DEC9, notice

TICKETS = SOURCE / "docs" / "examples" / "tickets"

ALL = """
rule "all.systems" {
  title = "Amazon EC2 Instance Retirement", final = false,
  also = { backlog { project = 33368, issue_type = 140151 }, jira { project = "OPS", issue_type = "Incident" }, servicenow { group = "AWS operations" } },
}
"""


def paragraphs(document):
    """The text of an Atlassian document, whose form is checked."""
    assert document["type"] == "doc" and document["version"] == 1 and document["content"]
    lines = []
    for node in document["content"]:
        assert set(node) == {"type", "content"} and node["type"] == "paragraph"
        for text in node["content"]:
            assert set(text) == {"type", "text"} and text["type"] == "text" and text["text"], "no text is empty"
            lines.append(text["text"])
    return "\n".join(lines)


class Services:
    """Backlog, Jira and ServiceNow in one. `tickets` and `comments` by service; the first of each that is written is cut off
    before the answer."""

    def __init__(self):
        self.tickets = {"backlog": [], "jira": [], "servicenow": []}
        self.comments = {"backlog": [], "jira": [], "servicenow": []}
        self.cut, self.wrong = set(), []
        services = self

        class Handler(BaseHTTPRequestHandler):
            def handle_one(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = urlsplit(self.path)
                service, path = parts.path.lstrip("/").split("/", 1)
                try:
                    status, answer = getattr(services, service)(self.command, "/" + path, parse_qs(parts.query), self.headers, body)
                except Exception as error:  # a wrong request: told to the test, and never taken for an answer
                    services.wrong.append(f"{self.command} {self.path}: {error!r}")
                    status, answer = 400, {"errors": [str(error)]}
                if status in (201, 200) and self.command in ("POST", "PATCH") and "search" not in path:
                    kind = (service, "comment" in path or self.command == "PATCH")
                    if kind not in services.cut:
                        services.cut.add(kind)
                        self.close_connection = True
                        return
                text = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
            do_GET = do_POST = do_PATCH = handle_one

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def backlog(self, method, path, query, headers, body):
        assert query["apiKey"] == ["geheim &="]
        form = {name: values[0] for name, values in parse_qs(body.decode(), strict_parsing=True).items()} if body else {}
        if body:
            assert headers["Content-Type"] == "application/x-www-form-urlencoded"
        issues = self.tickets["backlog"]
        if (method, path) == ("GET", "/api/v2/issues"):
            assert query["projectId[]"] == ["33368"] and int(query["count"][0]) <= 100
            return 200, [issue for issue in issues if query["keyword"][0] in issue["description"]]
        if (method, path) == ("POST", "/api/v2/issues"):
            assert set(form) == {"projectId", "issueTypeId", "priorityId", "summary", "description"}
            assert all(form[name].isdigit() for name in ("projectId", "issueTypeId", "priorityId"))
            issues.append({"id": len(issues) + 1, "issueKey": f"BLG-{len(issues) + 1}", **form})
            return 201, issues[-1]
        assert re.fullmatch(r"/api/v2/issues/BLG-\d+/comments", path)
        if method == "POST":
            assert set(form) == {"content"}
            self.comments["backlog"].append(form["content"])
            return 201, {"id": 1, "content": form["content"]}
        assert query["order"] == ["desc"]
        return 200, [{"id": 1, "content": content} for content in self.comments["backlog"]] + [{"id": 2, "content": None}]

    def signed_in(self, headers, user, password):
        assert headers["Authorization"] == "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        assert headers["Accept"] == "application/json"

    def jira(self, method, path, query, headers, body):
        self.signed_in(headers, "awsift@example.com", "jira-geheim")
        given = json.loads(body) if body else {}
        issues = self.tickets["jira"]
        if (method, path) == ("POST", "/rest/api/3/search/jql"):
            assert set(given) <= {"jql", "fields", "maxResults", "nextPageToken"}
            project, label = re.fullmatch(r'project = "(\w+)" AND labels = "([\w-]+)"', given["jql"]).groups()
            found = [issue for issue in issues if label in issue["labels"] and issue["project"]["key"] == project]
            return 200, {"issues": [{"id": "1", "key": issue["key"]} for issue in found[:given["maxResults"]]], "isLast": True}
        if (method, path) == ("POST", "/rest/api/3/issue"):
            fields = given["fields"]
            assert set(fields) == {"project", "issuetype", "summary", "description", "labels"} and fields["issuetype"] == {"name": "Incident"}
            assert 0 < len(fields["summary"]) <= 255 and "\n" not in fields["summary"]
            assert all(" " not in label for label in fields["labels"])
            issues.append({"key": f"OPS-{len(issues) + 1}", **fields, "description": paragraphs(fields["description"])})
            return 201, {"id": "10000", "key": issues[-1]["key"], "self": "https://example.atlassian.net/rest/api/3/issue/10000"}
        assert re.fullmatch(r"/rest/api/3/issue/OPS-\d+/comment", path)
        if method == "POST":
            assert set(given) == {"body"}
            self.comments["jira"].append(paragraphs(given["body"]))
            return 201, {"id": "1", "body": given["body"]}
        return 200, {"comments": [{"id": "1", "body": {"type": "doc", "version": 1, "content": [{"type": "paragraph",
                     "content": [{"type": "text", "text": text}]}]}} for text in self.comments["jira"]]}

    def servicenow(self, method, path, query, headers, body):
        self.signed_in(headers, "awsift", "snow-geheim")
        given = json.loads(body) if body else {}
        rows = self.tickets["servicenow"]
        if method == "GET":
            assert path == "/api/now/table/incident" and query["sysparm_limit"] == ["1"] and query["sysparm_display_value"] == ["true"]
            name, _, value = query["sysparm_query"][0].partition("=")
            found = [row for row in rows if row[name] == value][:1]
            notes = "\n\n".join(self.comments["servicenow"])
            return 200, {"result": [{"sys_id": row["sys_id"], "number": row["number"], "work_notes": notes} for row in found]}
        if method == "POST":
            assert set(given) == {"short_description", "description", "correlation_id", "correlation_display", "urgency", "impact",
                                  "assignment_group"} and len(given["short_description"]) <= 160 * 2
            assert {given["urgency"], given["impact"]} <= {"1", "2", "3"}
            rows.append({"sys_id": f"{len(rows):032x}", "number": f"INC{len(rows) + 1:07}", **given})
            return 201, {"result": {"sys_id": rows[-1]["sys_id"], "number": rows[-1]["number"]}}
        assert method == "PATCH" and path.startswith("/api/now/table/incident/") and set(given) == {"work_notes"}
        assert path.rpartition("/")[2] in {row["sys_id"] for row in rows}
        self.comments["servicenow"].append(given["work_notes"])
        return 200, {"result": {"sys_id": rows[0]["sys_id"]}}

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def services():
    services = Services()
    yield services
    services.close()


def test_their_own_tests_pass(site):
    site.run("test", "--rules", TICKETS, config=False)


def test_one_ticket_a_notice_whatever_is_cut_off(site, services, monkeypatch):
    for name, value in [("BACKLOG_API_KEY", "geheim &="), ("JIRA_TOKEN", "jira-geheim"), ("SERVICENOW_PASSWORD", "snow-geheim")]:
        monkeypatch.setenv("AWSIFT_SECRET_" + name, value)
    shutil.copytree(TICKETS, site.folder / "tickets", ignore=shutil.ignore_patterns("tests"))
    jira = site.folder / "tickets" / "jira.lua"
    jira.write_text(jira.read_text().replace('first = "30s"', 'first = "100ms"'))
    hooks = "".join(f'webhook "{name}" {{ url = "{services.url}/{name}" }}\n' for name in services.tickets)
    site.config.write_text(site.config.read_text() + hooks + 'rules "tickets" {}\noutbox { first = "100ms", most = "200ms" }\n')
    site.rule("40-all.lua", ALL)
    site.daemon()
    site.deliver(notice())
    site.wait_mails(1)
    site.deliver(notice(message_id="again", to="other@example.com"))
    site.wait_mails(2)
    site.deliver(notice(starts=DEC9))
    site.wait_mails(3)
    assert services.wrong == []
    assert len(services.cut) == 6, "each service cut off a ticket and a comment"
    assert {name: len(list_) for name, list_ in services.tickets.items()} == {"backlog": 1, "jira": 1, "servicenow": 1}
    assert {name: len(list_) for name, list_ in services.comments.items()} == {"backlog": 1, "jira": 1, "servicenow": 1}
    assert all("2026-12-09 10:00 JST" in comment and comment.startswith("update") for (comment,) in services.comments.values())
    assert services.tickets["jira"][0]["summary"] == "[123456789012] Amazon EC2 Instance Retirement [AWS Account: 123456789012]"
    shown = site.run("show", 1).stdout + site.run("show", 2).stdout
    assert "was open already" in shown
    for ticket in ("BLG-1", "OPS-1", "INC0000001"):
        assert ticket in shown, "the record names the ticket"
    assert "geheim" not in shown + site.daemons[0].log
