-- guard: load,jail
-- attack: running a file
-- seen: raised
-- without: holds
rule "hostile.file-dofile" {
  subject  = "Attack file-dofile",
  category = "billing",
  when     = function(msg, found)
    return not pcall(dofile, "/etc/passwd") and loadfile("/dev/null") ~= nil
  end,
}
