-- guard: lasting
-- attack: counting the mails
-- seen: state
-- without: holds
count = 0
rule "hostile.state-count" {
  subject  = "Attack state-count",
  category = "billing",
  when     = function()
    count = count + 1
    return count > 1
  end,
}
