-- guard: io,jail,address-space
-- attack: running a program and reading what it says
-- seen: raised
-- without: holds
rule "hostile.process-popen" {
  subject  = "Attack process-popen",
  category = "billing",
  when     = function(msg, found)
    return io.popen("echo hurt"):read("a") == "hurt\n"
  end,
}
