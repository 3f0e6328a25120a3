-- guard: package,jail
-- attack: loading a shared library
-- seen: raised
-- without: holds
rule "hostile.shared-object" {
  subject  = "Attack shared-object",
  category = "billing",
  when     = function(msg, found)
    return package.loadlib("libm.so.6", "*")
  end,
}
