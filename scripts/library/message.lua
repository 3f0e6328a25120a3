---@meta awsift.message
-- The mail that when = function(msg, found) and actions = function(msg, found) get. Nothing of it is decoded before it
-- is asked for.

---@class awsift.address
---@field name string the display name, "" when there is none
---@field address string the address alone

---@class awsift.header
---@field name string as it stands in the mail
---@field value string decoded, on one line
---@field raw string as it stands in the mail

---@class awsift.part
---@field type string such as text/plain, in lower case
---@field charset? string as declared, in lower case
---@field disposition? string in lower case
---@field filename? string decoded
---@field name? string the same as filename
---@field size integer bytes, decoded
---@field text? string of text parts: UTF-8, lines end in \n
---@field message? awsift.message of message/rfc822: the mail within

---@class awsift.envelope
---@field spool? string the spool's name
---@field file? string the file's name in the spool
---@field arrival integer when it arrived, in seconds since 1970
---@field recipient? string to whom it was delivered

---@class awsift.dkim
---@field domain string who signed
---@field result string pass, fail, …

---@class awsift.auth
---@field verdict "proven"|"forged"|"unproven"|"stranger" whether AWS speaks
---@field server? string the trusted server that looked
---@field dkim awsift.dkim[]
---@field spf? string
---@field dmarc? string
---@field aligned boolean whether what passed is of the sender's own domain
---@field reasons string[] for people

---What the mail says, as data.
---@class awsift.notice
---@field title string the subject without decorations
---@field action_required boolean the subject says [Action Required]
---@field reminder boolean the subject says Reminder
---@field final_notice boolean the subject says it is the last notice
---@field accounts string[] every account that the mail names
---@field regions string[] as codes such as ap-northeast-1
---@field service? string EC2
---@field event_type? string AWS_EC2_INSTANCE_RETIREMENT_SCHEDULED
---@field case? string the support case
---@field abuse_id? string the abuse report
---@field resources string[] ids and ARNs in the body
---@field starts? string ISO 8601 UTC
---@field ends? string ISO 8601 UTC
---@field deadline? string ISO 8601 UTC
---@field status? "scheduled"|"updated"|"cancelled"|"emergency"|"completed"
---@field links string[] links in the body, each where it leads
---@field metadata table<string, string> label and value of the HTML form's block
---@field language? string of the body: "ja", "en", "ja+en" where it has both, another language's two letters

---@class awsift.message
---@field subject string decoded, on one line, "" when there is none
---@field title string the subject without decorations
---@field from awsift.address the first usable address of From
---@field to awsift.address[]
---@field cc awsift.address[]
---@field reply_to awsift.address[]
---@field date? integer when it was sent, in seconds since 1970
---@field message_id? string without < and >
---@field in_reply_to string[] Message-IDs without < and >
---@field references string[] Message-IDs without < and >, oldest first
---@field headers awsift.header[]|table<string, string[]> [1] is the first field; ["received"] lists all values of that name
---@field raw_headers table<string, string[]> by name: values as they stand in the mail
---@field parts awsift.part[] the leaves in depth-first order
---@field attachments awsift.part[] those with a file name, or that are meant as attachments
---@field text string what body conditions see
---@field body string the same as text
---@field plain? string the first text/plain part that shows something
---@field html? string the first such text/html part, as a person reads it
---@field defects string[] what was wrong with the mail, as far as it was read
---@field auth? awsift.auth who speaks; nil of a mail within
---@field notice? awsift.notice what the mail says; nil of a mail within
---@field envelope? awsift.envelope where it came in; nil of a mail within
local message = {}

---The n-th field of that name from the top, decoded.
---@param name string in any case
---@param n? integer 1 where it is not given
---@return string?
function message:header(name, n) end

---The n-th field of that name from the top, as it stands in the mail.
---@param name string in any case
---@param n? integer 1 where it is not given
---@return string?
function message:raw_header(name, n) end

---The half of a bilingual body in that language; the whole text where it is in that language alone, nil where nothing is.
---@param language string "ja", "en", or two letters of another language
---@return string?
function message:half(language) end
