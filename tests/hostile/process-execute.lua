-- guard: os,jail,address-space
-- attack: running a program
-- seen: raised
-- without: holds
rule "hostile.process-execute" {
  subject  = "Attack process-execute",
  category = "billing",
  when     = function(msg, found)
    return os.execute("true")
  end,
}
