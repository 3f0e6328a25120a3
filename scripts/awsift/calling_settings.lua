-- What awsift.lua may say about phones and pagers: channels of kind twilio and pagerduty, and paging { … }, how often they may be
-- used.
local addresses = require "awsift.addresses"
local channel_settings = require "awsift.channel_settings"
local http_settings = require "awsift.http_settings"
local problem = require "awsift.problem"

local calling_settings = {}

local function secret_only(example)
    return function(value)
        if not http_settings.is_secret(value) then return ("does not stand in the configuration: write %s"):format(example) end
    end
end

local function account(value)
    if type(value) ~= "string" or not value:find "^AC%x+$" then
        return "must be the account's SID, which begins with AC"
    end
end

local function phone(value)
    if type(value) ~= "string" or not value:find "^%+%d+$" then
        return ("must be a number with its country, such as \"+81312345678\", not %s"):format(problem.shown(value))
    end
end

local function seconds(value)
    if math.type(value) ~= "integer" or value < 5 or value > 600 then return "must be a whole number of seconds between 5 and 600" end
end

-- url: where the service listens, for proxies and tests; both have their own address.
channel_settings.kinds.twilio = {
    keys = { kind = "string", account = account, token = secret_only "token = secret \"twilio-token\"", from = phone, url = http_settings.url,
        language = addresses.fault_of_language, ring = seconds },
    needs = { account = "account, its SID: write account = \"AC…\"", token = "token: write token = secret \"twilio-token\"",
        from = "from, the number that rings: write from = \"+81…\"" },
}
channel_settings.kinds.pagerduty = {
    keys = { kind = "string", routing_key = secret_only "routing_key = secret \"pagerduty\"", url = http_settings.url, source = "string" },
    needs = { routing_key = "routing_key, the integration's key: write routing_key = secret \"pagerduty\"" },
}

calling_settings.limits = { rule_per_hour = 60, per_hour = 300 }

return calling_settings
