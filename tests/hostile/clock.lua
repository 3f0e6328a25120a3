-- guard: clock
-- attack: the time of day
-- seen: quiet
-- without: holds
rule "hostile.clock" {
  subject  = "Attack clock",
  category = "billing",
  when     = function(msg, found)
    return os.time() ~= msg.envelope.arrival
  end,
}
