-- file: puts a copy of the original into a Maildir of the store.
action "file" {
    args = { folder = "name" },
    run = function(_, args)
        store.file { folder = args.folder }
        return args.folder
    end,
}
