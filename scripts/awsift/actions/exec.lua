-- exec: starts a program of the configuration, command "NAME" { program = …, arguments = { … } }, with the mail on its standard
-- input and what is known of it in descriptor 3. Its exit status says what became of it, as sysexits.h has it.
require "awsift.command_line"

local again = { [69] = true, [71] = true, [74] = true, [75] = true } -- unavailable, system or input/output error, "try again"

-- The first lines that it wrote, in one.
local function first_words(ended)
    local text = ended.error:find "%S" and ended.error or ended.output
    return (log.masked(text:sub(1, 500)):gsub("^%s+", ""):gsub("%s+$", ""):gsub("%s*\n%s*", " | "):gsub("%c", " "))
end

action "exec" {
    args = { command = "command", arguments = "list?" },
    run = function(_, args)
        if not config.commands[args.command] then fail(("no command '%s' is configured"):format(args.command)) end
        local ended, why, may_work = exec { command = args.command, arguments = args.arguments }
        if not ended and may_work then retry(why) end
        if not ended then fail(why) end
        local said = first_words(ended)
        if ended.status == 0 then return said end
        local reason = ("exit status %d: %s"):format(ended.status, said ~= "" and said or "it said nothing")
        if again[ended.status] then retry(reason) end
        fail(reason)
    end,
}
