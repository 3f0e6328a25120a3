-- guard: package,jail
-- attack: loading a shared library
-- seen: raised
-- without: holds
rule "hostile.library" {
  subject  = "Attack library",
  category = "billing",
  when     = function(msg, found)
    return package.loadlib("libm.so.6", "*")
  end,
}
