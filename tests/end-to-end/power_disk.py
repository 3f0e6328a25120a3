"""A disk that loses its power. Replays what recording_disk.c wrote down, and says which disks may be found afterwards.

What is promised of a file system, and no more: the bytes of a file are there up to its last fsync or fdatasync, the names in a
folder up to the folder's last fsync. All else may or may not be there, in any mixture: names without bytes, bytes without names,
half of a write (in sectors of 512 bytes), the later of two writes without the earlier. Of a rename across two folders:

- journaled: both halves or neither, as ext4, XFS, Btrfs and ZFS have it, where a rename is one transaction. A sync of either
  folder makes both halves durable.
- strict: each half is durable with its own folder's sync alone, so that a mail whose old folder was synced first is in neither.
"""
import json
import os
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512


class Order:
    """The records, which several processes append to, one a write."""

    def __init__(self, path):
        self.path = path

    def mark(self, kind, **facts):
        """Something that the world saw, at its place in the order."""
        text = json.dumps({"kind": kind, **facts}).encode() + b"\0"
        with open(self.path, "ab") as log:
            os.write(log.fileno(), f"mark 0 0 0 {len(text)}\n".encode() + text)


@dataclass
class Record:
    verb: str
    inode: int
    offset: int
    paths: list
    data: bytes

    def __str__(self):
        return f"{self.verb} {' '.join(self.paths)}{f' {self.offset}+{len(self.data)}' if self.data else ''}"


def read_records(path):
    content, at, records = Path(path).read_bytes(), 0, []
    while at < len(content):
        end = content.index(b"\n", at)
        verb, inode, offset, size, length = content[at:end].decode().split()
        texts = content[end + 1:end + 1 + int(length)].decode(errors="surrogateescape").split("\0")[:-1]
        at = end + 1 + int(length)
        data = content[at:at + int(size)] if verb == "write" else b""
        at += len(data)
        records.append(Record(verb, int(inode), int(offset), texts, data))
        assert verb != "unknown", f"the recorder has no record for what was done to {texts}"
    return records


@dataclass(eq=False)
class File:
    durable: bytes = b""
    pending: list = field(default_factory=list)  # of (index, offset, bytes), or (index, size, None): cut or extended

    def sync(self):
        self.durable = self.content(lambda op: op)
        self.pending = []

    def content(self, choose):
        """choose: what of an operation reached the disk: it, a part of it, or None."""
        content = bytearray(self.durable)
        for op in self.pending:
            op = choose(op)
            if op is None:
                continue
            _, at, data = op
            if data is None:
                del content[at:]
                content.extend(bytes(at - len(content)))
            else:
                content.extend(bytes(max(at - len(content), 0)))
                content[at:at + len(data)] = data
        return bytes(content)


@dataclass(eq=False)
class Name:
    """One change of a folder: what a name stands for from now on, None: nothing."""
    index: int
    name: str
    target: object
    durable: bool = False
    other: object = None  # the other half of a rename


@dataclass(eq=False)
class Folder:
    names: dict = field(default_factory=dict)   # durable
    changes: list = field(default_factory=list)  # of Name, in order; some of them may be durable
    live: dict = field(default_factory=dict)

    def change(self, index, name, target):
        change = Name(index, name, target)
        self.changes.append(change)
        if target is None:
            self.live.pop(name, None)
        else:
            self.live[name] = target
        return change

    def sync(self, journaled):
        others = []
        for change in self.changes:
            change.durable = True
            if journaled and change.other is not None and not change.other.durable:
                change.other.durable = True
                others.append(change.other)
        self.fold()

    def fold(self):
        while self.changes and self.changes[0].durable:
            self.apply(self.names, self.changes.pop(0))

    @staticmethod
    def apply(names, change):
        if change.target is None:
            names.pop(change.name, None)
        else:
            names[change.name] = change.target

    def found(self, choose):
        names = dict(self.names)
        for change in self.changes:
            if change.durable or choose(change):
                self.apply(names, change)
        return names


class Disk:
    """The state after so many records; `tree` is what may be found after the power went."""

    def __init__(self, root, journaled=True):
        self.root, self.journaled = str(root), journaled
        self.top, self.inodes = Folder(), {}
        self.folders, self.files = [self.top], []
        self.index = 0

    def take_in(self, path, folder=None):
        """What is there now, all of it durable."""
        folder = self.top if folder is None else folder
        self.inodes[Path(path).stat().st_ino] = folder
        for entry in os.scandir(path):
            node = Folder() if entry.is_dir(follow_symlinks=False) else File(Path(entry.path).read_bytes())
            folder.names[entry.name] = folder.live[entry.name] = node
            (self.folders if isinstance(node, Folder) else self.files).append(node)
            self.inodes[entry.inode()] = node
            if isinstance(node, Folder):
                self.take_in(entry.path, node)

    def parent(self, path):
        parts = [part for part in os.path.relpath(path, self.root).split("/") if part != "."]
        folder = self.top
        for part in parts[:-1]:
            folder = folder.live[part]
        return folder, parts[-1]

    def replay(self, record):
        index, self.index = self.index, self.index + 1
        if record.verb in ("create", "mkdir"):
            node = File() if record.verb == "create" else Folder()
            (self.files if record.verb == "create" else self.folders).append(node)
            self.inodes[record.inode] = node
            folder, name = self.parent(record.paths[0])
            folder.change(index, name, node)
        elif record.verb in ("rename", "link"):
            (old, name), (new, later) = map(self.parent, record.paths)
            addition = new.change(index, later, old.live[name])
            if record.verb == "rename":
                removal = old.change(index, name, None)
                addition.other, removal.other = removal, addition
        elif record.verb == "unlink":
            folder, name = self.parent(record.paths[0])
            folder.change(index, name, None)
        elif record.verb == "write":
            self.inodes[record.inode].pending.append((index, record.offset, record.data))
        elif record.verb == "truncate":
            self.inodes[record.inode].pending.append((index, record.offset, None))
        elif record.verb == "allocate":
            node = self.inodes[record.inode]
            node.pending.append((index, max(record.offset, len(node.content(lambda op: op))), None))
        elif record.verb == "sync":
            node = self.inodes[record.inode]
            if isinstance(node, Folder):
                node.sync(self.journaled)
                for folder in self.folders:
                    folder.fold()
            else:
                node.sync()

    def tree(self, names, writes):
        """{path: bytes}; names chooses among changes of folders, writes among those of files."""
        found, todo = {}, [("", self.top)]
        while todo:
            path, folder = todo.pop()
            for name, node in folder.found(names).items():
                if isinstance(node, Folder):
                    todo.append((f"{path}{name}/", node))
                elif name != "reserve" and not name.endswith("-shm"):  # room that holds nothing
                    found[path + name] = node.content(writes)
            if folder is not self.top:
                found[path] = None
        return found

    def trees(self, chance, draws):
        """Every disk that is looked at for this moment, each under the name of what it lost."""
        loose = any(not change.durable for folder in self.folders for change in folder.changes)
        yield "nothing unsynced", self.tree(lambda _: False, lambda _: None)
        if not loose and not any(file.pending for file in self.files):
            return
        yield "all unsynced", self.tree(lambda _: True, lambda op: op)
        yield "names without bytes", self.tree(lambda _: True, lambda _: None)
        yield "names and zeros", self.tree(lambda _: True, lambda op: (*op[:2], op[2] and bytes(len(op[2]))))
        yield "bytes without names", self.tree(lambda _: False, lambda op: op)
        for draw in range(draws):
            yield f"mixture {draw}", self.mixture(chance)

    def mixture(self, chance):
        seed = chance.getrandbits(64)
        likely = chance.random()

        def drawn(index):  # both halves of a rename alike, where they go together
            return hash((seed, index)) % 1000 < 1000 * likely

        def names(change):  # strict: an old name goes by itself only where its folder was synced
            removal = change.other is not None and change.target is None
            if self.journaled or not removal:
                return drawn(change.index)
            return drawn((change.index, 1)) and (change.other.durable or drawn(change.index))

        def writes(op):
            if not drawn((op[0], 2)):
                return None
            if op[2] is None or len(op[2]) <= SECTOR or drawn((op[0], 3)):
                return op
            start, end = sorted(hash((seed, op[0], side)) % (len(op[2]) // SECTOR + 1) * SECTOR for side in range(2))
            return op[0], op[1] + start, op[2][start:end]
        return self.tree(names, writes)


def write_tree(tree, place):
    for path, content in sorted(tree.items()):
        if content is None:
            (place / path).mkdir(parents=True, exist_ok=True)
        else:
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (place / path).write_bytes(content)
