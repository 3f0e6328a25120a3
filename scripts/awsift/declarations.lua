-- What rule files declared, as the engine reads it. One table a generation:
--
--   categories    name -> { name, title, title_en, priority, tell, grave, answer, group, file, line }
--   rules         list in the order of consideration, of
--                 { id, file, line, condition = CONDITION, category, service, priority, tags, captures = { CAPTURE },
--                   collects = { CAPTURE }, advice, actions (list or function), also, final, general, speaker, mode,
--                   unproven, answer, group = { by = {…}, wait, most, urgent } or false, places = { key = { file, line } of the override that set it } or nil }
--   disabled      list of what is known of rules with enabled = false, which are not among rules
--   actions       name -> { name, args = { argument = type }, run, retry, origin = "shipped" | "custom", file, line }
--   contacts      account, "*" or "@group" -> { name, language, timezone, group, accounts (of a group), technical = {…}, security = {…}, emergency = {…}, root = {…}, … }
--   placeholders  name -> PCRE2;  decorations, cues  lists of { name, text };  senders  list;  links  of links.lua
--   silences      list of { what = { rule = {…}, category = {…}, … }, from, to, reason, file, line }
--   tests         list of { name, file, line, mail (a fixture) | raw | subject, from, to, date, body, html, headers; auth, recipient,
--                 arrival, expect }
--   category_places   name -> key -> the place { file, line } that says it
--   held_roles    the roles that some contact has -> true; has_contacts
--   role_facts    account, "*" or "@group" -> role -> { language, timezone }, where a role has its own
--   templates     category or name -> { subject, ja, en, file, line }, each a text, subject also { ja, en }
--   contact_places, placeholder_places   account or name -> { file, line };  time_zones  name -> the place of one who has it
--   calls         while files are read: every action that is called;  broken  file -> true where running it broke off
--   errors, warnings   lists of { file, line, column, code, rule, message } (problem.lua); a warning with unknown_name is about a name that the configuration
--                 lacks, when true an error of `check`
--   configured    channels, commands, webhooks and spools that the configuration has, channel_kinds (name -> kind), shipped_rules, the shipped rules' folder
--                 by number, and shipped, the same where it stands beside the team's own, reviewed, whether doubts are told; nil where nobody knows
--   closed        true once all files are read: nothing may be declared any more
--
-- CAPTURE is { name, text, file, line }
-- CONDITION is { op = "all" | "any" | "none", … } over further ones, or
--   { op = "text", field, header, match, text, nocase, file, line }   match: template, contains, starts, ends, matches, address, glob
--   { op = "notice", field, value }    { op = "when", test = function }
return {
    categories = {}, rules = {}, actions = {}, contacts = {}, placeholders = {}, decorations = {}, cues = {}, senders = {}, links = {},
    disabled = {}, category_places = {}, contact_places = {}, role_facts = {}, templates = {}, placeholder_places = {}, time_zones = {}, silences = {}, tests = {}, overrides = {}, calls = {}, broken = {},
    errors = {}, warnings = {}, held_roles = { operators = true }, has_contacts = false,
}
