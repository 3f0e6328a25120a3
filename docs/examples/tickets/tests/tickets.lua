test "an issue of Backlog is opened" {
  subject = "Amazon EC2 Instance Retirement [AWS Account: 123456789012]",
  replies = { { json = { { issueKey = "OPS-2", description = "[awsift-12]" } } }, { status = 201, json = { issueKey = "OPS-7" } } },
  expect  = {
    sends = {
      { http = { method = "GET", host = "backlog.webhook.example.com", url = contains "&projectId[]=33368&keyword=awsift-1&" } },
      { http = { method = "POST", url = ends "/api/v2/issues?apiKey=%7Bsecret%20backlog-api-key%7D",
                 form = { projectId = 33368, issueTypeId = 140151, priorityId = 3, summary = starts "[123456789012] Amazon EC2",
                          description = ends "\n[awsift-1]" } } },
    },
    results = { { action = "backlog", outcome = "done", detail = "OPS-7" } },
  },
}

test "an issue of Backlog that a first attempt opened is found" {
  subject = "Amazon EC2 Instance Retirement [AWS Account: 123456789012]",
  replies = { { json = { { issueKey = "OPS-7", description = "what\n[awsift-1]" } } } },
  expect  = { results = { { action = "backlog", detail = "OPS-7 was open already" } } },
}

test "an issue of Jira is opened" {
  subject = "Your AWS Abuse Report [12345678901-1] [AWS ID 123456789012]",
  replies = { { json = { issues = {} } }, { status = 201, json = { key = "OPS-7" } } },
  expect  = {
    sends = {
      { http = { method = "POST", url = "https://jira.webhook.example.com/rest/api/3/search/jql",
                 json = { jql = contains "labels = \"awsift-1\"" } } },
      { http = { url = ends "/rest/api/3/issue", headers = { Authorization = starts "Basic " },
                 json = { fields = { project = { key = "OPS" }, issuetype = { name = "Task" }, labels = { "awsift-1" },
                                     description = { type = "doc", version = 1 } } } } },
    },
    results = { { action = "jira", detail = "OPS-7" } },
  },
}

test "Jira asks for patience" {
  subject = "Your AWS Abuse Report [12345678901-1] [AWS ID 123456789012]",
  replies = { { status = 429, retry_after = 90 } },
  expect  = { results = { { action = "jira", outcome = "retry", after = 90 } } },
}

test "an incident of ServiceNow is opened" {
  subject = "Amazon RDS Maintenance Notice [AWS Account: 123456789012]",
  replies = { { json = { result = {} } }, { status = 201, json = { result = { sys_id = "a1", number = "INC0010001" } } } },
  expect  = {
    sends = {
      { http = { method = "GET", url = contains "?sysparm_query=correlation_id%3Dawsift-1&" } },
      { http = { method = "POST", json = { correlation_id = "awsift-1", assignment_group = "AWS operations", urgency = "2" } } },
    },
    results = { { action = "servicenow", detail = "INC0010001" } },
  },
}
