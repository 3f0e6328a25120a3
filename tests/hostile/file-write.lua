-- guard: io,jail
-- attack: writing a file
-- seen: raised
-- without: holds
-- creates: hurt
rule "hostile.file-write" {
  subject  = "Attack file-write",
  category = "billing",
  when     = function(msg, found)
    return io.open("hurt", "w"):write("hurt"):close()
  end,
}
