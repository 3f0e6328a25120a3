-- guard: lasting
-- attack: remembering a mail in a table
-- seen: state
-- without: holds
local seen = {}
rule "hostile.state-table" {
  subject  = "Attack state-table",
  category = "billing",
  when     = function(msg)
    seen[#seen + 1] = msg.subject
    return #seen > 1
  end,
}
