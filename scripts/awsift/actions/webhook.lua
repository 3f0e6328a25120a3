-- webhook: posts what is known of the mail as JSON to webhook "NAME" { url = … }, without codes and keys: what takes it may well
-- show it to many.
local answers = require "awsift.answers"
local masked = require "awsift.masked"

action "webhook" {
    retry = { attempts = 60, deadline = "2d" },
    args = { webhook = "webhook", text = "text?" },
    run = function(ctx, args)
        local hook = config.webhooks[args.webhook]
        if not hook then fail(("no webhook '%s' is configured"):format(args.webhook)) end
        return answers.settle(http.post { url = hook.url, json = { key = ctx.key, text = args.text and log.masked(args.text), message = masked(ctx.message) } })
    end,
}
