---@meta awsift.rules
-- The words of rule files, for editors that know lua-language-server. Nothing here is run: awsift never reads these files, and
-- tests/end-to-end/test_editor.py holds them against what it does read.

---How soon a mail needs somebody.
---@alias awsift.priority
---| "urgent" # at once, also at night
---| "high"
---| "normal"
---| "low"

---What {name} stands for in a template. The value that matched is found under the name.
---@alias awsift.placeholder
---| "{account}" # an AWS account, twelve digits
---| "{case}" # the number of a support case
---| "{abuse_id}" # the number of an abuse report
---| "{invoice}" # the number of an invoice
---| "{instance}" # an EC2 instance, i-0123456789abcdef0
---| "{volume}" # an EBS volume, vol-…
---| "{snapshot}" # an EBS snapshot, snap-…
---| "{image}" # a machine image, ami-…
---| "{host}" # an EC2 Dedicated Host, h-…
---| "{vpc}" # a VPC, vpc-…
---| "{vpn}" # a site-to-site VPN connection, vpn-…
---| "{dxcon}" # a Direct Connect connection, interface, LAG or gateway
---| "{subnet}" # a subnet, subnet-…
---| "{security_group}" # a security group, sg-…
---| "{eni}" # a network interface, eni-…
---| "{nat}" # a NAT gateway, nat-…
---| "{gateway}" # a transit, internet or VPN gateway, tgw-…, igw-…, vgw-…
---| "{endpoint}" # a VPC endpoint, vpce-…
---| "{file_system}" # a file system of EFS or FSx, fs-…
---| "{elastic_ip}" # an elastic IP address, eipalloc-…
---| "{key}" # the id of an access key, AKIA… or ASIA…
---| "{arn}" # an ARN, arn:aws:…
---| "{region}" # a region, as ap-northeast-1 or as Asia Pacific (Tokyo)
---| "{n}" # a plain number
---| "{version}" # a version, 1.33, 20.x
---| "{time}" # a time of day, 10:30 UTC
---| "{date}" # a date, 2026-12-05, December 5, 2026, 2026年12月5日
---| "{month}" # a month, June 2026, 2026年6月
---| "{money}" # an amount, $1,234.50
---| "{domain}" # a domain name, *.example.com too
---| "{email}" # a mail address
---| "{ip}" # an IP address
---| "{url}" # https://…
---| "{word}" # anything without a blank
---| "{line}" # to the end of the line, not empty
---| "{any}" # as little as fits within a line, or nothing

---What a text of an action may name, besides what the rule's own templates and captures find.
---@alias awsift.value
---| "{subject}" # the subject as it came, on one line
---| "{title}" # the subject without decorations
---| "{from}" # the sender's address
---| "{account}" # the one account that the mail is about
---| "{category}" # the category's name
---| "{category_title}" # the category's title
---| "{rule}" # the rule that decided
---| "{service}" # EC2
---| "{priority}" # urgent, high, normal or low
---| "{date}" # when the mail was sent
---| "{message_id}" # the mail's Message-ID
---| "{action_required}" # "yes" where the subject says so
---| "{reminder}" # "yes" where the subject says so
---| "{final_notice}" # "yes" where the subject says so
---| "{accounts}" # every account that the mail names
---| "{regions}" # the regions, as codes
---| "{event_type}" # AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED
---| "{case}" # the support case
---| "{abuse_id}" # the abuse report
---| "{resources}" # ids and ARNs in the body
---| "{starts}" # when it begins
---| "{ends}" # when it ends
---| "{deadline}" # until when to act
---| "{status}" # scheduled, updated, cancelled, emergency or completed
---| "{links}" # the links in the body
---| "{language}" # the language of the body: ja, en, ja+en …

---Literal text with {placeholders}.
---@alias awsift.template string|awsift.placeholder
---Text of an action, in which {names} are filled from what was found.
---@alias awsift.text string|awsift.value
---Who is told: a role of the account's contact, or "operators".
---@alias awsift.role string|"operators"|"technical"|"security"|"emergency"

---Made by contains, starts, ends, matches and nocase.
---@class awsift.matcher
---Made by all, any and none over texts.
---@class awsift.combined

---A text to match, a list of which one is enough, or all { … }, any { … }, none { … } of them.
---@alias awsift.texts awsift.template|awsift.matcher|awsift.combined|(awsift.template|awsift.matcher|awsift.combined)[]

---Fields of the notice and what they must be: notice = { status = "cancelled" }.
---@class (exact) awsift.notice_conditions
---@field title? awsift.texts the subject without decorations, exactly
---@field action_required? boolean the subject says [Action Required]
---@field reminder? boolean the subject says Reminder
---@field final_notice? boolean the subject says it is the last notice
---@field accounts? awsift.texts an account that the mail names
---@field regions? awsift.texts a region's code
---@field service? awsift.texts EC2
---@field event_type? awsift.texts the event type, exactly
---@field case? awsift.texts the support case
---@field abuse_id? awsift.texts the abuse report
---@field resources? awsift.texts an id or ARN in the body
---@field status? awsift.texts scheduled, updated, cancelled, emergency or completed
---@field language? awsift.texts ja, en, ja+en for both, another language's two letters

---Conditions: those of different keys must all hold.
---@class awsift.conditions
---@field subject? awsift.texts templates of the whole subject
---@field title? awsift.texts templates of the whole title: the subject without decorations such as [Action Required]
---@field body? awsift.texts texts that the body contains
---@field from? awsift.texts the sender: an address, or @domain
---@field to? awsift.texts a recipient in To or Cc: an address, or @domain
---@field header? table<string, awsift.texts> headers by name, each with a text that it contains
---@field event_type? awsift.texts the event type, with * and ?
---@field attachment? awsift.texts names of attachments, with * and ?
---@field notice? awsift.notice_conditions what the mail says as data
---@field all? awsift.conditions|awsift.conditions[] all of these must hold
---@field any? awsift.conditions|awsift.conditions[] one of these is enough
---@field none? awsift.conditions|awsift.conditions[] none of these may hold
---@field when? fun(msg: awsift.message, found: table<string, string|string[]>): boolean? whatever else decides it

---What advice the note gives, by language.
---@class (exact) awsift.advice
---@field ja? string in Japanese
---@field en? string in English
---@field url? string where to read on

---An action that a rule wants, made by forward { … }, chat { … } and the like.
---@class awsift.action_call

---@alias awsift.actions awsift.action_call|awsift.action_call[]|fun(msg: awsift.message, found: table<string, string|string[]>): awsift.action_call|awsift.action_call[]|nil

---What a rule yields.
---@class awsift.results
---@field category? string the category that the mail gets
---@field service? string the service that it is about, EC2
---@field priority? awsift.priority in place of the category's
---@field tags? string[] tags of the decision
---@field capture? table<string, awsift.template> name = template: the first match in the body is found under the name
---@field collect? table<string, awsift.template> name = template: all matches in the body, as a list
---@field advice? awsift.advice what the note advises
---@field actions? awsift.actions in place of the forward that the category tells
---@field also? awsift.actions besides those
---@field mode? "live"|"shadow" shadow: the rule is tried and never acted on
---@field enabled? boolean false: the rule is not there
---@field final? boolean false: the rule adds tags, findings and actions, and the search goes on
---@field general? boolean true: the rule comes after all others, and may ring nobody
---@field speaker? "aws"|"any" any: the mail need not come from AWS
---@field unproven? boolean true: it may ring somebody even where nobody proves that AWS sent the mail
---@field answer? string within what time somebody must answer: "24h"
---@field group? awsift.group|false which mails are told at once; false: not as the category says

---Mails that have these facts in common are told at once: one mail, one post to a chat or webhook, that lists all of them. Each
---that comes makes the rest wait again. What is urgent waits only where it says so, and nobody reads of another one's accounts.
---@class (exact) awsift.group
---@field by ("rule"|"contact"|"account"|"accounts"|"category"|"service"|"priority"|"title"|"event_type"|"regions"|"resources"|"case"|"starts"|"ends"|"deadline"|"status")[] what they have in common
---@field wait? string how long to wait for more: "5m" where it is not given
---@field most? string after the first at most so long: "1h" where it is not given
---@field urgent? boolean true: what is urgent waits, too

---@class awsift.rule: awsift.conditions, awsift.results

---A rule: what mail it knows by its conditions, and what that mail is.
---```lua
---rule "own.retirement" {
---  title    = "Amazon EC2 Instance Retirement",
---  category = "maintenance",
---}
---```
---@param id string lower case letters, digits, '.', '_' and '-'
---@return fun(body: awsift.rule)
function rule(id) end

---Changes what a rule of an earlier folder yields. Its conditions stay.
---@param id string the rule's id
---@return fun(results: awsift.results)
function override(id) end

---@class awsift.category
---@field title? string for people, in Japanese
---@field title_en? string for people, in English
---@field priority? awsift.priority of its mail, where the rule does not say
---@field tell? awsift.role who is told by mail, where the rule names no actions
---@field answer? string within what time somebody must answer: "24h"
---@field group? awsift.group|false which of its mails are told at once, where the rule does not say
---@field grave? string[] it is no guess: suggested for mail that no rule knows only where the title has all words of one of these texts

---A category, which also is a folder of the archive. A second one of the same name adds to the first.
---@param name string
---@return fun(body: awsift.category)
function category(name) end

---A name for templates of one's own: placeholder "change" [[CHG\d{7}]].
---@param name string lower case letters, digits and '_'
---@return fun(expression: string) # takes a PCRE2 expression without capture groups
function placeholder(name) end

---Something that stands before or behind a subject's title: decoration "ticket" [[\[TICKET-\d+\]]].
---@param name string account, region, case, abuse_id, action_required, reminder, final_notice, or one's own
---@return fun(template: string) # takes a PCRE2 expression with {placeholders}
function decoration(name) end

---What a phrase tells the notice: times, how things stand, or where to find a resource, a region or a number.
---@alias awsift.cue
---| "times" # {starts}, {ends}, {deadline}: cue "times" "hand over on {deadline}"; also {clock}, {lasting}, {within}, {some}
---| "scheduled" # it is to happen
---| "updated" # it was told before and has changed
---| "cancelled" # it does not happen
---| "emergency" # it is to happen at once
---| "completed" # it is over
---| "if_before" # before a phrase in the same sentence: it is only supposed, "if"
---| "if_behind" # behind it: 場合
---| "due" # event types and titles whose start is the deadline where no other is named
---| "resource" # the first placeholder's value is a resource: cue "resource" "asset {n}"
---| "no_resource" # what this takes in is none
---| "region" # {region}, by code or long name
---| "case" # {case}
---| "abuse_id" # {abuse_id}

---A phrase that the notice is read by: cue "times" "hand over on {deadline}". It is found anywhere in the body, in any case, and the
---first one that holds counts: a team's own come before the shipped ones (scripts/awsift/aws/times.lua, statuses.lua, resources.lua,
---places.lua, numbers.lua).
---@param name awsift.cue
---@return fun(phrase: string) # takes a PCRE2 expression with {placeholders}; a blank in it may be a line end
function cue(name) end

---@alias awsift.language "ja"|"en"|"ja+en"|"en+ja" one, or both in this order

---@class awsift.role_list: string[]
---@field language? awsift.language of what these are told, where it is not the contact's
---@field timezone? string in which these are told times, where it is not the contact's

---@class awsift.contact
---@field name? string for people
---@field group? string the group that the account is in: what the account's entry lacks is the group's
---@field accounts? string[] of a group: who is in it
---@field language? awsift.language of what is told; both where it is not given
---@field timezone? string such as Asia/Tokyo: times are told in it
---@field technical? string|awsift.role_list mail addresses: maintenance, service updates, abuse reports, support cases
---@field security? string|awsift.role_list mail addresses: compromise, SES review
---@field emergency? string|string[] phone numbers, rung day and night, in this order
---@field root? string|string[] the root user's addresses: they tell the account of a mail that does not name it; of "*" and groups with {account}, of an account with * behind a +
---@field [string] string|awsift.role_list a role of one's own: mail addresses

---Who is told, an entry an account; "@name" stands for a group of accounts, "*" for accounts that have no entry.
---@param list table<string, awsift.contact>
function contacts(list) end

---@class (exact) awsift.template
---@field subject? awsift.text|{ ja?: awsift.text, en?: awsift.text } of the forwarded mail
---@field ja? awsift.text in place of the Japanese note; {contact}, {facts}, {advice}, {advice_url}, {pages}, {original} and {text} are parts of the note as it is
---@field en? awsift.text the same in English

---The team's own words for the note before a category's mail, or before that of forward { template = "NAME" }. Cautions, what the mail
---is to an earlier one, and the quote stay.
---@param name string a category, or any name
---@return fun(body: awsift.template)
function template(name) end

---What a test expects of the decision. Only what is named is compared; false: there shall be none.
---@class (exact) awsift.expect
---@field message_id? string|false
---@field subject? string|false
---@field from? string|false the sender's address
---@field date? string|false ISO 8601 UTC
---@field category? string|false
---@field rule? string|false
---@field certainty? "exact"|"general"|"none"
---@field priority? awsift.priority
---@field account? string|false
---@field service? string|false
---@field found? table<string, string|string[]|false>
---@field notice? table<string, any>
---@field tags? string[] {} where there shall be none
---@field actions? awsift.action_call|(awsift.action_call|table)[] {} where there shall be none
---@field near? table|false
---@field auth? table
---@field defects? string[] {} where there shall be none
---@field errors? table[] of { rule = …, kind = …, message = … }
---@field group? string[]|false by what it is told with others, as the rule has it; false: by itself
---@field silenced? boolean whether a silence of a rule file keeps it quiet at its arrival
---@field sends? awsift.sent[] what the actions send, each named one among it; {} where nothing is sent
---@field results? awsift.action_result[] how the actions end

---@alias awsift.sent_text string|awsift.matcher # contains, starts or ends "…"

---One of these.
---@class awsift.sent
---@field http? { method?: string, url?: awsift.sent_text, host?: awsift.sent_text, headers?: table, body?: awsift.sent_text, json?: any, form?: table }
---@field mail? { to?: string|string[], subject?: awsift.sent_text, text?: awsift.sent_text, headers?: table, original?: boolean }
---@field exec? { command?: string, arguments?: string[], input?: awsift.sent_text }
---@field file? { folder?: string }
---@field sleep? number

---@class awsift.action_result
---@field action? string
---@field outcome? "done"|"retry"|"dead"
---@field reason? awsift.sent_text
---@field detail? awsift.sent_text what it returned
---@field after? number seconds, of a retry

---What a test answers to http or exec, one after the other; status 200 or 0 where none is left.
---@class awsift.scripted
---@field status? integer
---@field json? any the body, as JSON
---@field body? string
---@field headers? table<string, string>
---@field retry_after? number
---@field failure? string why there is no answer
---@field output? string of a program
---@field error? string of a program

---@alias awsift.auth_result "none"|"pass"|"fail"|"softfail"|"neutral"|"policy"|"temperror"|"permerror"

---@class (exact) awsift.test_auth
---@field dkim? awsift.auth_result
---@field spf? awsift.auth_result
---@field dmarc? awsift.auth_result
---@field domain? string who signed

---@class (exact) awsift.test
---@field mail? string the whole mail: a file beside the tests such as fixtures/x.eml, or the mail itself in [[ ]]
---@field subject? string where the mail is written inline, as are from, to, date, body, html and headers
---@field from? string the sender, no-reply-aws@amazon.com where it is not given
---@field to? string a recipient
---@field date? string when it was sent
---@field body? string the text
---@field html? string the text as HTML
---@field headers? table<string, string|string[]> further headers
---@field auth? "none"|"pass"|"fail"|awsift.test_auth what the trusted server found about the sender
---@field recipient? string to whom it was delivered
---@field arrival? string when it arrived, ISO 8601
---@field expect awsift.expect what the decision must be
---@field replies? awsift.scripted[] what is answered to the actions
---@field config? table what the actions find in config, where names alone do not do: { channels = { ops = { url = "https://…" } } }

---A test of the rules. Failing ones keep new rules from becoming live.
---@param name string
---@return fun(body: awsift.test)
function test(name) end

---@class (exact) awsift.silence
---@field rule? string|string[] what these rules decide; ec2.* for several
---@field category? string|string[] what is of these categories
---@field account? string|string[] what is about these accounts
---@field contact? string|string[] what goes to these contacts: an account, "@name" for a group, "*"
---@field service? string|string[] what is about these services
---@field from? string when it begins, 2026-12-01T22:00:00+09:00
---@field to string when it ends; what arrived by then is told again
---@field reason? string why, for those who wonder

---What nobody is told of for a while. It is recorded and filed all the same. What is urgent, suspicious or unmatched, or has to
---be answered, is kept quiet only where its rule or its category is named in full.
---```lua
---silence { account = "123456789012", to = "2026-12-01T09:00:00+09:00", reason = "the account is being closed" }
---```
---@param body awsift.silence
function silence(body) end

---The text contains this: contains "retirement".
---@param text string|awsift.matcher|awsift.combined|(string|awsift.matcher)[]
---@return awsift.matcher|awsift.combined
function contains(text) end

---The text starts with this.
---@param text string|awsift.matcher|awsift.combined|(string|awsift.matcher)[]
---@return awsift.matcher|awsift.combined
function starts(text) end

---The text ends with this.
---@param text string|awsift.matcher|awsift.combined|(string|awsift.matcher)[]
---@return awsift.matcher|awsift.combined
function ends(text) end

---The text matches this PCRE2 expression; named groups are found: matches [[(?<ticket>CHG\d+)]].
---@param expression string|awsift.matcher|(string|awsift.matcher)[]
---@return awsift.matcher|awsift.combined
function matches(expression) end

---Upper and lower case are the same: nocase "urgent", nocase(starts "re:").
---@param text string|awsift.matcher|awsift.combined|(string|awsift.matcher)[]
---@return awsift.matcher|awsift.combined
function nocase(text) end

---All of these texts must match.
---@param list (string|awsift.matcher|awsift.combined)[]
---@return awsift.combined
function all(list) end

---One of these texts is enough.
---@param list (string|awsift.matcher|awsift.combined)[]
---@return awsift.combined
function any(list) end

---None of these texts may match.
---@param list (string|awsift.matcher|awsift.combined)[]
---@return awsift.combined
function none(list) end

---What another file of the rule folder returns.
---@param name string its path with '.' for '/', without .lua
---@return any
function require(name) end

os = {}

---When the mail that is decided arrived, in seconds since 1970; while an action runs, the present.
---@return integer
function os.time() end

---As Lua's own, in UTC always.
---@param format? string
---@param time? integer
---@return string|table
function os.date(format, time) end
