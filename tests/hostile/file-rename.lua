-- guard: os,jail
-- attack: renaming a file
-- seen: raised
-- without: holds
-- removes: precious
rule "hostile.file-rename" {
  subject  = "Attack file-rename",
  category = "billing",
  when     = function(msg, found)
    return os.rename("precious", "gone")
  end,
}
