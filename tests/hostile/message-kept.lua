-- guard: lasting,message
-- attack: a mail that is kept after its turn
-- seen: state
-- without: holds
local kept
rule "hostile.message-kept" {
  subject  = "Attack message-kept",
  category = "billing",
  when     = function(msg)
    local read = pcall(function() return kept.subject end)
    kept = msg.subject and msg
    return read
  end,
}
