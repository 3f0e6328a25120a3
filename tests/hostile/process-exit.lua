-- guard: os
-- attack: ending the process
-- seen: raised
-- without: crash
rule "hostile.process-exit" {
  subject  = "Attack process-exit",
  category = "billing",
  when     = function(msg, found)
    os.exit(0)
  end,
}
