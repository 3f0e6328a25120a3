-- webhook: posts what is known of the mail as JSON to webhook "NAME" { url = … }, without codes and keys: what takes it may well
-- show it to many. With signing = secret "…" whoever takes it can tell that it is from here, and not an old one again. The bytes
-- are signed as they are sent.
local answers = require "awsift.answers"
local masked = require "awsift.masked"

-- The headers of the configuration, in which secrets are named.
local function headers_of(hook)
    local headers = {}
    for name, value in pairs(hook.headers or {}) do
        headers[name] = type(value) == "table" and secret(value.secret) or value
    end
    return headers
end

local function sign(headers, key, moment, body)
    headers["X-Awsift-Timestamp"] = moment
    headers["X-Awsift-Signature"] = "v1=" .. crypto.hmac_sha256(key, moment .. "." .. body)
end

-- What is the engine's own, and nobody's elsewhere.
local own = { "group", "people", "contact_group", "silenced", "held", "shadow", "deduping_id" }

local function told(message)
    local copy = {}
    for key, value in pairs(message) do copy[key] = value end
    for _, key in ipairs(own) do copy[key] = nil end
    return masked(copy)
end

action "webhook" {
    args = { webhook = "webhook", text = "text?" },
    retry = { attempts = 60, deadline = "2d" },
    run = function(ctx, args)
        local hook = config.webhooks[args.webhook]
        if not hook then fail(("no webhook '%s' is configured"):format(args.webhook)) end
        local headers = headers_of(hook)
        local body = json.encode {
            version = 1, key = ctx.key, mail = ctx.mail, text = args.text and log.masked(args.text), message = told(ctx.message),
        }
        headers["Content-Type"] = "application/json"
        if hook.signing then sign(headers, secret(hook.signing.secret), tostring(ctx.now), body) end
        return answers.settle(http.post { url = hook.url, headers = headers, body = body })
    end,
}
