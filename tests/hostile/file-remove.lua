-- guard: os,jail
-- attack: removing a file
-- seen: raised
-- without: holds
-- removes: precious
rule "hostile.file-remove" {
  subject  = "Attack file-remove",
  category = "billing",
  when     = function(msg, found)
    return os.remove("precious")
  end,
}
