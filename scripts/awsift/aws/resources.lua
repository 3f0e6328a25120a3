-- What a mail is about: cue "resource" "{instance}" lists whatever the template's first placeholder stands for, anywhere in the
-- body. Where two could begin at one place, the upper one counts; what cue "no_resource" takes in is none. Links never are: they
-- name what they lead to, which may be the sender's own. A rule file may have its own cues, which come before these.
cue "no_resource" "{url}"
cue "no_resource" "arn:aws:health:{word}"           -- the event itself
cue "no_resource" "arn:aws:notifications:{word}"    -- who is told of it
cue "no_resource" "arn:aws:iam::aws:{word}"         -- AWS's own policies
cue "no_resource" "{email}"
-- What the text gives as an example, to the end of its line; the ids of AWS's own documentation; commands
cue "no_resource" "(?:for example|for instance|e\\.g\\.|example(?: arn| id)?s? ?:)[^\\n]{0,300}"
cue "no_resource" "(?:たとえば|例えば|例 ?:)[^\\n]{0,300}"
cue "no_resource" "aws [a-z0-9-]{2,30} [a-z-]{4,60} --[^\\n]{0,300}"
cue "no_resource" "(?:i|vol|snap|ami|vpc|subnet|sg|eni)-(?:1234567890abcdef0|0123456789example|12345678|1a2b3c4d)"
cue "no_resource" "arn:aws[a-z-]{0,10}:[a-z0-9-]{1,40}:[a-z0-9-]{0,30}:(?:111122223333|444455556666|777788889999):{word}"

cue "resource" "{arn}"
cue "resource" "{instance}"
cue "resource" "{volume}"
cue "resource" "{snapshot}"
cue "resource" "{image}"
cue "resource" "{host}"
cue "resource" "{dxcon}"
cue "resource" "{vpc}"
cue "resource" "{vpn}"
cue "resource" "{subnet}"
cue "resource" "{security_group}"
cue "resource" "{eni}"
cue "resource" "{nat}"
cue "resource" "{gateway}"
cue "resource" "{endpoint}"
cue "resource" "{file_system}"
cue "resource" "{elastic_ip}"

-- Names that are no ids: behind a label, in the same line
cue "resource" "(?:cluster|domain|function|db instance|database|db cluster|replication group|cache cluster|load balancer|bucket|stream|file system|table|queue|topic|workspace|repository|task|broker) ?(?:names?|ids?|identifiers?) ?: ?{name}"
cue "resource" "(?:クラスター|クラスタ|ドメイン|関数|インスタンス|データベース|ロードバランサー|バケット)(?:名| ?ID|識別子) ?: ?{name}"
