---@meta awsift.configuration
-- The words of awsift.lua. Relative paths are relative to the file; every key has a default.

---A duration: 500ms, 30s, 5m, 24h, 400d, 2w, or a number of seconds.
---@alias awsift.duration string|number
---A size: a number of bytes, 64K, 10M, 1G.
---@alias awsift.size string|integer

---Whose word counts about who sent a mail.
---@class (exact) awsift.trust
---@field authserv_id string|string[] the name of your mail server, as it writes it into Authentication-Results
---@field lists? string|string[] mailing lists that rewrite From
---@field arc? string|string[] domains of forwarders that seal (ARC)

---@class (exact) awsift.spool
---@field kind? "maildir"|"directory" maildir where it is not given
---@field path? string where its name is not the path
---@field trust? awsift.trust of this spool
---@field recipient? string to whom its mail was delivered
---@field quiet? awsift.duration|false how long no mail may come before the operators are told
---@field settle? awsift.duration of a directory: how long a file must be left alone before it is taken

---A folder that mail comes into. There may be several.
---@param name string
---@return fun(body: awsift.spool)
function spool(name) end

---@class (exact) awsift.rules_folder
---@field require_tests? boolean true: a rule that no test reaches is an error

---A folder of rules. There may be several: they are considered in this order, the shipped ones last.
---@param path string
---@return fun(body: awsift.rules_folder)
function rules(path) end

---Whose word counts about who sent a mail, in all spools that do not say.
---@param body awsift.trust
function trust(body) end

---As whom awsift works where root starts it, such as awsift. By itself it is the store's owner.
---@param name string|integer
function user(name) end

---The operators' time zone, such as Asia/Tokyo.
---@param name string
function timezone(name) end

---@class (exact) awsift.deciders
---@field count? integer how many decide at a time
---@field time? awsift.duration that a mail may take
---@field memory? awsift.size of each

---The processes that decide.
---@param body awsift.deciders
function deciders(body) end

---@class (exact) awsift.limits
---@field bytes? awsift.size of a mail
---@field header_block? awsift.size of the header
---@field header_field? awsift.size of one field
---@field colons? integer outside quotes in an address field
---@field headers? integer fields
---@field parts? integer parts
---@field depth? integer of parts and mails within
---@field text? awsift.size decoded text

---How much of a mail is read. What is beyond is left unread, and the decision says so.
---@param body awsift.limits
function limits(body) end

---@class awsift.secret_name what secret "name" says in awsift.lua

---@class (exact) awsift.smtp
---@field url? string the server that takes what is sent: "smtp://mail.example.jp:587", or "smtps://…"
---@field user? string who signs in
---@field password? awsift.secret_name password = secret "smtp-password"
---@field starttls? "required"|"never" of smtp://, "required" unless the server is on this machine
---@field ca? string file of the certificates to trust, instead of the system's
---@field helo? string the name that this host greets with
---@field sendmail? string|string[] the program that takes what is sent, and its arguments
---@field timeout? awsift.duration that sending one mail may take
---@field sender? string the envelope's sender, where bounces go; from's address without it
---@field from? string the sender of what awsift sends
---@field name? string the sender's display name
---@field attach? awsift.size up to which the original is attached

---@class (exact) awsift.http
---@field private? string|string[] hosts of your own network that may be reached: names, addresses, ranges as 10.0.0.0/8
---@field ca? string file of certificates to trust besides the system's
---@field timeout? awsift.duration that a request may take where it does not say: 30s

---@class (exact) awsift.operators
---@field digest? string|false the time of day, such as "09:00", at which they are told what no rule knew; false: never
---@field mail? string|string[] mail addresses
---@field language? awsift.language
---@field name? string
---@field phone? string|string[]
---@field timezone? string of the times in what they are told: that of the configuration
---@field chat? string the channel that gets alerts of severity high and urgent, too
---@field page? string the channel that is paged for urgent ones
---@field call? boolean true: their phones ring for urgent ones
---@field quiet? awsift.duration|false how long no mail may come into any spool before they are told
---@field down? awsift.duration|false how long awsift may have been down before a start tells them: 10m
---@field gather? awsift.duration how long alerts of one kind are gathered into one message: 1m
---@field alerts? table<string, "urgent"|"high"|"normal"|"off"> kinds of alerts that are of another severity

---Who is told of what nobody else is, and of what is wrong.
---@param body awsift.operators
function operators(body) end

---@class (exact) awsift.threads
---@field window? awsift.duration how long after one mail about a notice another may be about it: 90d

---Mails about one notice.
---@param body awsift.threads
function threads(body) end

---@class (exact) awsift.outbox
---@field attempts? integer until an action counts as dead
---@field first? awsift.duration before the second attempt
---@field most? awsift.duration between attempts
---@field patience? awsift.duration for which mail is tried while its server is out of order
---@field deadline? awsift.duration after which an action is not done any more; none where it is not given
---@field at_once? integer actions at one destination at a time: 4, the last of them for what is urgent

---How often, how long and how fast an action is tried. A channel, webhook or command may say the same of itself.
---@class awsift.policy
---@field attempts? integer until it counts as dead
---@field first? string before the second attempt: "5s"
---@field most? string between attempts: "1h"
---@field patience? string for which it is tried while its server is out of order: "2d"
---@field deadline? string after which nobody wants it any more: "6h"
---@field rate? string at most so many in a while, the last of them for what is urgent: "30 per 1m"
---@field at_once? integer at most so many at a time, the last of them for what is urgent

---Of the action of that name, wherever it goes: policy "chat" { deadline = "6h", rate = "30 per 1m" }.
---@param name string
---@return fun(body: awsift.policy)
function policy(name) end

---@class (exact) awsift.host
---@field rate? string at most so many in a while: "1 per 1s"
---@field at_once? integer at most so many at a time

---Of a host, which channels, webhooks and mail share, and the pauses that it asks for: host "hooks.slack.com" { at_once = 2 }.
---@param name string
---@return fun(body: awsift.host)
function host(name) end

---Whom a message calls: text in the service's own writing, a list of them, or a table by the mail's priority.
---@alias awsift.mention string|string[]|table<awsift.priority, string|string[]>

---@class awsift.channel: awsift.policy
---@field kind? "slack"|"teams"|"google-chat"|"chatwork"|"mattermost"|"generic"|"twilio"|"pagerduty" the service; generic, {"text": …}, where it is not given
---@field url? string|awsift.secret_name "https://…", or secret "name" where the address itself is one; of chatwork where it is not api.chatwork.com
---@field language? awsift.language of what is said around the mail's words; the operators' where it is not given; of a chat, one alone
---@field timezone? string such as Asia/Tokyo
---@field mention? awsift.mention slack "<!channel>", teams "On call <oncall@example.jp>", google-chat "<users/all>", chatwork "[toall]", mattermost "@channel"
---@field format? "card"|"text" of slack and mattermost (card where it is not given) and google-chat (text)
---@field username? string of slack and mattermost: who writes
---@field icon? string of slack and mattermost: :cloud: or the https address of a picture
---@field room? integer|string of chatwork: the number in the room's address behind #!rid
---@field token? awsift.secret_name of chatwork and twilio: token = secret "chatwork-token"
---@field unread? boolean of chatwork, false: not unread for the token's own account
---@field account? string of twilio: the account's SID, AC…
---@field from? string of twilio: the number that rings, "+81312345678"
---@field ring? integer of twilio: seconds for which it rings, 45 where it is not given
---@field routing_key? awsift.secret_name of pagerduty: routing_key = secret "pagerduty"
---@field source? string of pagerduty: where incidents come from; the account where it is not given

---Where chat { channel = "NAME" } posts to, and page { channel = "NAME" }, of kind "pagerduty"; "call" is the one that call uses.
---@param name string
---@return fun(body: awsift.channel)
function channel(name) end

---@class (exact) awsift.escalation_step
---@field after? awsift.duration after the beginning; 5m after the step before where it is not given
---@field call? string a role, whose phones ring in turn
---@field number? integer which of them, in place of the next one
---@field page? string a channel of kind "pagerduty"
---@field chat? string a channel
---@field forward? string a role
---@field text? string

---@class (exact) awsift.escalation
---@field steps? awsift.escalation_step[]
---@field day? awsift.escalation_step[] within hours; with night, in place of steps
---@field night? awsift.escalation_step[]
---@field hours? string "09:00-18:00"
---@field days? string "mon-fri"; all days where it is not given
---@field timezone? string
---@field again? integer how many more times all steps are gone through
---@field accounts? string|string[] only for these
---@field to? string the role; its name where it is not given
---@field before? awsift.duration of "answer": how long before the end of the time

---Who is rung after how long, until `awsift ack` ends it.
---@param name string a role, or "answer"
---@return fun(body: awsift.escalation)
function escalation(name) end

---@class (exact) awsift.paging
---@field rule_per_hour? integer for one rule
---@field per_hour? integer in all

---How many phone calls and pages are made within an hour.
---@param body awsift.paging
function paging(body) end

---@class (exact) awsift.command: awsift.policy
---@field program string its whole path; no shell is asked
---@field arguments? string[] "{arguments}" stands for all that the action gives, "{1}" to "{9}" for one; without any they come last
---@field time? awsift.duration how long it may run: 30s; it is ended with all that it started
---@field output? awsift.size how much it may write before it is ended: 64K
---@field environment? table<string, string|awsift.secret_name> besides PATH, LANG and AWSIFT_…; TOKEN = secret "ticket-token"
---@field user? string whom it runs as, where awsift runs as root

---A program that actions may name.
---@param name string
---@return fun(body: awsift.command)
function command(name) end

---@class awsift.webhook: awsift.policy
---@field url string|awsift.secret_name "https://…", or secret "name" where the address itself is one
---@field signing? awsift.secret_name the key with which what is posted is signed: signing = secret "tickets-key"
---@field headers? table<string, string|awsift.secret_name> sent with each request
