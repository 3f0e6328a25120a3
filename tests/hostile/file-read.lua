-- guard: io,jail
-- attack: reading a file
-- seen: raised
-- without: holds
rule "hostile.file-read" {
  subject  = "Attack file-read",
  category = "billing",
  when     = function(msg, found)
    return io.open("/etc/passwd"):read("a"):find("root") ~= nil
  end,
}
