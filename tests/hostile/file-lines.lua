-- guard: io,jail
-- attack: reading a file line by line
-- seen: raised
-- without: holds
rule "hostile.file-lines" {
  subject  = "Attack file-lines",
  category = "billing",
  when     = function(msg, found)
    for line in io.lines("/etc/passwd") do return #line > 0 end
  end,
}
