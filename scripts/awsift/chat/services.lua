-- The chats that are known by name, each a file beside this one: which keys a channel of it has, how a message is built from what is
-- told (chat/message.lua), and what is meant by an answer.
--
--   keys      what channel "NAME" { … } may say beside kind;  needs  the one that it must;  formats  what format may be
--   mention(text)       why the text is no mention of the service's, or nil
--   most                characters of an author's text;  longest(request)  whether it is too long all the same
--   build(told)         the request for http.post; told has channel, mentions, key and source (the mail) besides
--   answer(reply, now)  { status, body, id, retry_after } where the HTTP answer alone does not say it
--   refusals            a word of an answer -> what is the matter, and what to do
local names = { "generic", "slack", "teams", "google-chat", "chatwork", "mattermost" }

local services = {}
for _, name in ipairs(names) do services[name] = require("awsift.chat." .. name) end
return services
