---@meta awsift.actions
-- Actions: those that are shipped, and what an action of one's own may call while it runs.

---@class awsift.forward_args
---@field to awsift.role whose addresses get it
---@field subject? awsift.text in place of the mail's own
---@field text? awsift.text what the note begins with
---@field quote? boolean true: the note quotes the mail
---@field template? string a template "NAME", in place of the category's

---Tells a contact by mail: a note in the contact's language, the original attached.
---@param args awsift.forward_args
---@return awsift.action_call
function forward(args) end

---@class awsift.chat_args
---@field channel string a channel "NAME" of the configuration
---@field text? awsift.text in place of subject, facts and advice

---Posts what the mail is about to a channel of the configuration, in the form of its service.
---@param args awsift.chat_args
---@return awsift.action_call
function chat(args) end

---@class awsift.call_args
---@field to awsift.role whose phones ring
---@field text? awsift.text what is said in place of the subject
---@field escalation? string the name of one of the configuration: who is rung when nobody acknowledges; the role's own without it

---Has the phones of a role rung, one after the other, through channel "call" of the configuration, until `awsift ack` ends it.
---Needs a mail that is proven to be AWS's.
---@param args awsift.call_args
---@return awsift.action_call
function call(args) end

---@class awsift.page_args
---@field channel string of kind "pagerduty"
---@field text? awsift.text the incident's summary, in place of the subject

---Opens an incident at a paging service. Needs a mail that is proven to be AWS's.
---@param args awsift.page_args
---@return awsift.action_call
function page(args) end

---@class awsift.webhook_args
---@field webhook string a webhook "NAME" of the configuration
---@field text? awsift.text goes along as text

---In rules: posts what is known of the mail as JSON. In awsift.lua: names where webhook { … } posts to.
---@param args awsift.webhook_args
---@return awsift.action_call
---@overload fun(name: string): fun(body: awsift.webhook)
function webhook(args) end

---@class awsift.file_args
---@field folder string of the store's folder filed/

---Puts a copy of the original into a Maildir of the store.
---@param args awsift.file_args
---@return awsift.action_call
function file(args) end

---@class awsift.exec_args
---@field command string a command "NAME" of the configuration
---@field arguments? awsift.text[] what the command's arguments have places for

---In rules: starts a program of the configuration, the mail on its standard input, what is known of it as JSON in descriptor 3.
---Needs a mail that is proven to be AWS's. In actions: the same, and waits for its end; nil, why, and whether it may work another
---time, where it was stopped or cannot be started.
---@param args awsift.exec_args|awsift.order
---@return awsift.action_call|awsift.ended|nil
---@return string? why
---@return boolean? may_work
function exec(args) end

---@class awsift.order
---@field command string a command "NAME" of the configuration
---@field arguments? (string|integer)[] one that begins with "-" needs a "--" before its place in the command's arguments
---@field input? string on its standard input, in place of the original mail

---How a program ended.
---@class awsift.ended
---@field status integer 0
---@field output string what it wrote on standard output
---@field error string what it wrote on standard error

---The type of an action's argument; with "?" it may be left out.
---@alias awsift.argument_type
---| "text" # text in which {names} are filled
---| "text?"
---| "role" # who: a role of contacts
---| "role?"
---| "channel" # the name of a channel of the configuration
---| "channel?"
---| "command" # the name of a command of the configuration
---| "command?"
---| "webhook" # the name of a webhook of the configuration
---| "webhook?"
---| "escalation" # the name of an escalation of the configuration
---| "escalation?"
---| "flag" # true or false
---| "flag?"
---| "number"
---| "number?"
---| "name" # a name as it is
---| "name?"
---| "list" # a table
---| "list?"

---What an action knows of the mail.
---@class awsift.action_message
---@field message_id? string
---@field subject string
---@field date? string when it was sent, ISO 8601 UTC
---@field from awsift.address
---@field arrived string ISO 8601 UTC
---@field category string
---@field category_title string
---@field category_title_en string
---@field priority awsift.priority
---@field account? string
---@field contact? string the account whose contact is told, "@group" for several of one group, "*", or nil for the operators
---@field rule? string
---@field verdict "proven"|"forged"|"unproven"|"stranger"
---@field certainty "exact"|"general"|"none"
---@field service? string
---@field advice? awsift.advice
---@field near? table
---@field notice awsift.notice
---@field found table<string, string|string[]>
---@field reasons string[]
---@field text string what may be quoted
---@field answer? string within what time somebody must answer: "24h"
---@field held? string why call, page and exec may not be done
---@field group? awsift.group
---@field gathered? awsift.gathered several mails that are told at once: this one and others
---@field contact_group? string "@group" of the contact
---@field silenced? table of a rule file's silence
---@field drill? { by: string, held: string[] } of a mail of awsift drill: who asked for it, and what it leaves undone
---@field deduping_id? string what the sender marks all mails about one notice with
---@field thread? awsift.thread nil for the first mail about its notice
---@field shadow table[] what rules in shadow would have made of it: { rule, category, agrees }

---Mails that are told at once (group of rules and categories).
---@class (exact) awsift.gathered
---@field count integer
---@field alike boolean the action's arguments are the same for all
---@field mails table[] of { id, account, accounts, contact, arrived, subject, title, rule, service, event_type, regions, resources, more, starts, ends, deadline, status, relation, text }

---What a mail is to the first one about the same notice.
---@class (exact) awsift.thread
---@field first { id: integer, subject: string, arrived: string }
---@field relation "duplicate"|"reminder"|"update"|"cancelled"|"completed"|"emergency"
---@field changes awsift.change[] since the mail before

---@class (exact) awsift.change
---@field what "starts"|"ends"|"deadline"|"status"|"resources"
---@field from? string of all but resources
---@field to? string
---@field added? string[] of resources
---@field removed? string[]

---@class awsift.context
---@field id integer the action's number
---@field mail integer the mail's number in the ledger, 0 for an alert
---@field key string the same in every attempt: whoever is told twice can tell
---@field attempt integer 1 at first
---@field now integer seconds since 1970
---@field message awsift.action_message

---@class (exact) awsift.retry
---@field attempts? integer until it counts as dead: 12
---@field first? string before the second attempt: "5s"
---@field most? string between attempts: "1h"
---@field deadline? string after which nobody wants it any more: "6h"

---What kind of failure it was, for status and list --dead. After "rate" with seconds, its whole destination pauses.
---@alias awsift.failure "auth"|"rate"|"client"|"content"|"server"|"network"|"timeout"

---@class (exact) awsift.action
---@field args? table<string, awsift.argument_type> name = type
---@field retry? awsift.retry how it is tried, where awsift.lua says nothing else
---@field run fun(ctx: awsift.context, args: table): string? does it; what it returns is a detail for the record

---An action of one's own, to be used in rules like those that are shipped. Its name is then a word; tell the editor with
---"diagnostics.globals" in .luarc.json.
---@param name string
---@return fun(body: awsift.action)
function action(name) end

---@class (exact) awsift.request
---@field url string|{ secret: string } https://…, or the table of a channel's url
---@field headers? table<string, string|integer>
---@field json? any sent as JSON
---@field form? table<string, string|number|boolean|(string|number|boolean)[]> sent as application/x-www-form-urlencoded
---@field body? string sent as it is
---@field timeout? number seconds, at most 100; that of the configuration where it is not given

---@class (exact) awsift.any_request: awsift.request
---@field method? "GET"|"POST"|"PUT"|"PATCH"|"DELETE" POST where there is a body, else GET

---@class awsift.reply
---@field status integer 200
---@field body string
---@field headers table<string, string> names in lower case
---@field retry_after? number seconds

---In actions: requests. In awsift.lua: which hosts of one's own network they may reach, http { private = { "jira.example.internal" } }.
---@class awsift.http_word
---@operator call(awsift.http): nil
http = {}

---Waits for the answer. nil and why, where there is none, true where awsift would not ask (trying again changes nothing then), and what
---kind of failure it was, for retry and fail.
---@param request awsift.request
---@return awsift.reply? reply
---@return string? why
---@return boolean? refused
---@return awsift.failure? failure
function http.post(request) end

---Waits for the answer. nil and why, where there is none, true where awsift would not ask (trying again changes nothing then), and what
---kind of failure it was, for retry and fail.
---@param request awsift.request
---@return awsift.reply? reply
---@return string? why
---@return boolean? refused
---@return awsift.failure? failure
function http.get(request) end

---Waits for the answer. nil and why, where there is none, true where awsift would not ask (trying again changes nothing then), and what
---kind of failure it was, for retry and fail.
---@param request awsift.any_request
---@return awsift.reply? reply
---@return string? why
---@return boolean? refused
---@return awsift.failure? failure
function http.request(request) end

---In actions alone.
crypto = {}

---The HMAC-SHA256 (RFC 2104) in lower case hexadecimal.
---@param key string
---@param text string
---@return string
function crypto.hmac_sha256(key, text) end

---@param text string
---@return string
function crypto.base64(text) end

---@class awsift.delivery
---@field to string|string[] mail addresses
---@field subject? string
---@field text? string
---@field headers? table<string, string>
---@field original? boolean false: the original is not attached
---@field unless_large? boolean true: nil is returned where the server takes no mail that large; else the action is dead

---@class awsift.original
---@field state "none"|"attached"|"large"|"gone"
---@field size integer bytes
---@field maximum integer bytes that may be attached
---@field why string why it is not attached
---@field again boolean whether outbox.deliver would put the action off

---In actions: mail into the store. In awsift.lua: how often actions are tried, outbox { attempts = 12 }.
---@class awsift.outbox_word
---@operator call(awsift.outbox): nil
outbox = {}

---Sends a mail, or writes it into the store's outbox where no server is configured. What goes to several addresses is
---sent to each on its own; one that is refused ends the action, when the others have got theirs.
---@param mail awsift.delivery
---@return string? told whom, and what the server said
---@return integer? limit bytes that the server takes
function outbox.deliver(mail) end

---Whether the original can be attached.
---@return awsift.original
function outbox.original() end

---In actions: mail. In awsift.lua: how it leaves, smtp { url = "smtp://mail.example.jp:587" }.
---@class awsift.smtp_word
---@operator call(awsift.smtp): nil
smtp = {}

---Sends a mail. The same as outbox.deliver, which is its older name.
---@param mail awsift.delivery
---@return string? told whom, and what the server said
---@return integer? limit bytes that the server takes
function smtp.send(mail) end

---Whether the original can be attached.
---@return awsift.original
function smtp.original() end

---Whom a role means for this mail: smtp.send { to = contact("security").addresses, … }. nil and why, where nobody is.
---@param role awsift.role
---@return awsift.contact_found? contact
---@return string? why
function contact(role) end

---@class awsift.contact_found
---@field addresses string[] mail addresses, or phone numbers of a role for calls
---@field name? string
---@field language? string
---@field timezone? string
---@field operators? boolean true: these are the operators
---@field missing? string the role that nobody has, so that another is told

---In actions: files into the store. In awsift.lua: where the store is, store "/var/lib/awsift" { keep = "400d" }.
---@class awsift.store
---@operator call(string): fun()
store = {}

---@class awsift.filing
---@field folder string of the store's folder filed/

---Puts a copy of the original into a Maildir of the store.
---@param filing awsift.filing
function store.file(filing) end

---In actions alone.
json = {}

---@param value any
---@return string
function json.encode(value) end

---@param text string
---@return any # nil where the text is no JSON
function json.decode(text) end

---In actions alone.
log = {}

---@param text string
function log.info(text) end

---@param text string
function log.warning(text) end

---The text with access keys, one-time codes and reset links masked.
---@param text string
---@return string
function log.masked(text) end

---The configuration, without secrets. In actions alone.
---@type table<string, any>
config = {}

---Ends the action: it is tried again, seconds later or when awsift thinks best. Where something it sent before was taken, or may have
---been, this attempt is marked unknown: the next one does it again, with the same key.
---@param why string
---@param seconds? number
---@param failure? awsift.failure
function retry(why, seconds, failure) end

---Ends the action for good; the operators hear of it.
---@param why string
---@param failure? awsift.failure
function fail(why, failure) end

---Waits.
---@param seconds number at most 60
function sleep(seconds) end

---In actions: a secret of the environment or the credentials folder. In awsift.lua: where one is looked for.
---@param name string
---@return string
function secret(name) end

---"2026-12-05 10:00 JST" for a moment in ISO 8601 and a time zone's name; nil where either is none.
---@param moment string
---@param zone string
---@return string?
function local_time(moment, zone) end
