/* Files on a real file system, and with faults put in between: system calls of this program pass by here
 * first. */
#include "base/error.h"
#include "base/files.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#include <cmocka.h>
#include <glib/gstdio.h>

static char *home;
/* What fails: the errno, and at which call from now (0: none fails). */
static struct fault {
    int number, after;
} on_fsync, on_rename, on_renameat2, on_write;
static bool in_small_pieces;
static const char *intruder, *intruded; /* takes that one's place as soon as it is to be exchanged */
static int syncs;

static bool strikes(struct fault *fault)
{
    if (fault->after == 0 || --fault->after > 0)
        return false;
    errno = fault->number;
    return true;
}

int fsync(int descriptor)
{
    syncs++;
    return strikes(&on_fsync) ? -1 : (int)syscall(SYS_fsync, descriptor);
}

int rename(const char *from, const char *to)
{
    return strikes(&on_rename) ? -1 : (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned flags)
{
    if ((flags & RENAME_EXCHANGE) != 0 && intruder != NULL) {
        syscall(SYS_renameat, AT_FDCWD, intruder, AT_FDCWD, intruded);
        intruder = NULL;
    }
    return strikes(&on_renameat2) ? -1 : (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

ssize_t write(int descriptor, const void *bytes, size_t size)
{
    return strikes(&on_write) ? -1
                              : syscall(SYS_write, descriptor, bytes, in_small_pieces ? MIN(size, 3) : size);
}

static int set_up(void **state)
{
    home = g_dir_make_tmp("awsift-files-XXXXXX", NULL);
    on_fsync = on_rename = on_renameat2 = on_write = (struct fault){0, 0};
    in_small_pieces = false;
    return home == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    char *arguments[] = {"rm", "-rf", home, NULL};
    g_spawn_sync(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_clear_pointer(&home, g_free);
    return 0;
}

static char *in(const char *name)
{
    return g_build_filename(home, name, NULL);
}

static void put(const char *path, const char *text)
{
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void assert_holds(const char *path, const char *text)
{
    g_autofree char *found = NULL;
    assert_true(g_file_get_contents(path, &found, NULL, NULL));
    assert_string_equal(found, text);
}

static bool exists(const char *path)
{
    struct stat status;
    return lstat(path, &status) == 0;
}

static unsigned count_in(const char *path)
{
    g_autoptr(GDir) folder = g_dir_open(path, 0, NULL);
    unsigned count = 0;
    while (folder != NULL && g_dir_read_name(folder) != NULL)
        count++;
    return count;
}

static void assert_code(GError **error, enum awsift_error code, const char *about)
{
    assert_true(g_error_matches(*error, AWSIFT_ERROR, (int)code));
    assert_non_null(strstr((*error)->message, about));
    assert_null(strpbrk((*error)->message, "\n\r"));
    g_clear_error(error);
}

static void only_regular_files_are_opened(void **state)
{
    g_autofree char *file = in("file"), *link = in("link"), *fifo = in("fifo"), *folder = in("folder");
    GError *error = NULL;
    struct stat status;
    put(file, "mail");
    assert_int_equal(symlink("file", link), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(g_mkdir(folder, 0700), 0);
    int below = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int descriptor = file_open_regular(below, "file", &status, &error);
    assert_true(descriptor >= 0);
    assert_int_equal(status.st_size, 4);
    assert_true(fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
    close(descriptor);
    static const char *const refused[] = {"link", "fifo", "folder", ".", ".."};
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        assert_int_equal(file_open_regular(below, refused[i], &status, &error), -1);
        assert_code(&error, AWSIFT_ERROR_IO, refused[i]);
    }
    assert_int_equal(file_open_regular(below, "gone", &status, &error), -1);
    assert_code(&error, AWSIFT_ERROR_GONE, "gone");
    assert_int_equal(file_open_regular(below, "go\nne", &status, &error), -1);
    assert_code(&error, AWSIFT_ERROR_GONE, "go?ne");
    close(below);
}

static void a_refused_file_leaks_no_descriptor(void **state)
{
    g_autofree char *fifo = in("fifo");
    struct stat status;
    assert_int_equal(mkfifo(fifo, 0600), 0);
    int before = dup(0);
    for (int i = 0; i < 10; i++)
        assert_int_equal(file_open_regular(AT_FDCWD, fifo, &status, NULL), -1);
    close(before);
    int after = dup(0);
    close(after);
    assert_int_equal(before, after);
}

static void folders_are_made_once(void **state)
{
    g_autofree char *deep = in("a/b/c"), *file = in("file"), *below = in("file/x");
    GError *error = NULL;
    for (int times = 0; times < 2; times++)
        assert_true(maildir_make(deep, NULL));
    assert_int_equal(count_in(deep), 3);
    struct stat status;
    assert_int_equal(stat(deep, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0700);
    put(file, "x");
    assert_false(folder_make(below, &error));
    assert_code(&error, AWSIFT_ERROR_IO, below);
    assert_false(folder_make(file, &error));
    assert_code(&error, AWSIFT_ERROR_IO, file);
    assert_false(folder_sync(below, &error));
    assert_code(&error, AWSIFT_ERROR_IO, below);
}

static void a_folder_is_durable_by_its_name(void **state)
{
    g_autofree char *top = in("top"), *deep = in("top/deep"), *found = in("found");
    GError *error = NULL;
    on_fsync = (struct fault){EIO, 2}; /* of top, which has the name of deep */
    assert_false(folder_make(deep, &error));
    assert_code(&error, AWSIFT_ERROR_IO, top);
    assert_true(g_file_test(top, G_FILE_TEST_IS_DIR));
    assert_false(g_file_test(deep, G_FILE_TEST_IS_DIR)); /* or the next one would take it for durable */
    syncs = 0;
    assert_true(folder_make(deep, NULL));
    assert_int_equal(syncs, 1);
    assert_true(folder_make(deep, NULL));
    assert_int_equal(syncs, 1);
    assert_int_equal(g_mkdir(found, 0700), 0); /* by whoever was cut off before a sync */
    on_fsync = (struct fault){EIO, 1};
    assert_false(folder_make(found, &error));
    assert_code(&error, AWSIFT_ERROR_IO, "cannot sync");
    assert_true(folder_make(found, NULL));
    syncs = 0;
    assert_true(maildir_make(found, NULL)); /* tmp, new and cur with one sync */
    assert_true(maildir_make(found, NULL));
    assert_int_equal(syncs, 1);
}

static bool is_ours(const char *name)
{
    return g_str_has_prefix(name, "ours");
}

static void what_a_delivery_left_is_removed_once_it_is_old(void **state)
{
    g_autofree char *folder = in("left"), *link = in("left/ours-link"), *inner = in("left/ours-folder"),
                    *ours = in("left/ours"), *other = in("left/other"), *absent = in("left-absent");
    unsigned removed;
    GError *error = NULL;
    assert_int_equal(g_mkdir(folder, 0700), 0);
    assert_int_equal(g_mkdir(inner, 0700), 0);
    put(ours, "x");
    put(other, "x");
    assert_int_equal(symlink(other, link), 0);
    int64_t now = g_get_real_time() / 1000;
    static const struct utimbuf long_ago = {1000000000, 1000000000};
    assert_int_equal(utime(ours, &long_ago), 0); /* anybody can; when that was done counts too */
    assert_true(folder_remove_stale(folder, is_ours, now - 3600000, &removed, NULL));
    assert_int_equal(removed, 0);
    assert_true(folder_remove_stale(folder, is_ours, now + 3600000, &removed, NULL));
    assert_int_equal(removed, 1);
    assert_int_equal(count_in(folder), 3);
    assert_true(folder_remove_stale(absent, is_ours, now, &removed, NULL));
    assert_false(folder_remove_stale(other, is_ours, now, &removed, &error));
    assert_code(&error, AWSIFT_ERROR_IO, other);
}

/* Runs check as a user without rights where this one has all of them. */
static void as_somebody(void (*check)(void))
{
    pid_t child = fork();
    if (child == 0) {
        if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0))
            _exit(77);
        check();
        _exit(0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void expect_refusals(void)
{
    g_autofree char *to = g_build_filename(home, "locked", "new", NULL),
                    *from = g_build_filename(home, "open", "mail", NULL),
                    *folder = g_build_filename(home, "locked", "folder", NULL);
    int holder;
    if (file_write_durable(to, "x", 1, NULL) || file_move(from, to, NULL) || folder_make(folder, NULL) ||
        maildir_deliver(folder, "unique", "x", 1, true, NULL) || file_lock(to, &holder, NULL) >= 0)
        _exit(1);
    if (!exists(from))
        _exit(2);
}

static void a_folder_that_is_not_writable_changes_nothing(void **state)
{
    g_autofree char *locked = in("locked"), *open = in("open"), *mail = in("open/mail");
    assert_int_equal(g_mkdir(locked, 0700), 0);
    assert_int_equal(g_mkdir(open, 0700), 0);
    put(mail, "mail");
    g_chmod(home, 0755);
    g_chmod(open, 0777);
    g_chmod(locked, 0555);
    as_somebody(expect_refusals);
    assert_int_equal(count_in(locked), 0);
    assert_holds(mail, "mail");
}

static void bytes_are_put_durably(void **state)
{
    g_autofree char *path = in("file"), *temporary = in("file.tmp");
    assert_true(file_write_durable(path, "one", 3, NULL));
    assert_holds(path, "one");
    syncs = 0;
    assert_true(file_write_durable(path, "", 0, NULL));
    assert_holds(path, "");
    assert_int_equal(syncs, 2); /* the file and its folder */
    in_small_pieces = true;
    on_write = (struct fault){EINTR, 2};
    assert_true(file_write_durable(path, "many small pieces", 17, NULL));
    assert_holds(path, "many small pieces");
    assert_false(exists(temporary));
}

static void a_fault_leaves_what_was_there(void **state)
{
    g_autofree char *path = in("file");
    static const struct {
        struct fault *fault;
        int number;
        enum awsift_error code;
    } cases[] = {
        {&on_write, ENOSPC, AWSIFT_ERROR_FULL}, {&on_write, EDQUOT, AWSIFT_ERROR_FULL},
        {&on_write, EIO, AWSIFT_ERROR_IO},      {&on_fsync, EIO, AWSIFT_ERROR_IO},
        {&on_fsync, ENOSPC, AWSIFT_ERROR_FULL}, {&on_rename, EACCES, AWSIFT_ERROR_IO},
    };
    put(path, "old");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *error = NULL;
        *cases[i].fault = (struct fault){cases[i].number, 1};
        assert_false(file_write_durable(path, "new", 3, &error));
        assert_code(&error, cases[i].code, path);
        assert_holds(path, "old");
        assert_int_equal(count_in(home), 1);
    }
    GError *error = NULL;
    on_fsync = (struct fault){EIO, 2}; /* that of the folder: the bytes count as not written */
    assert_false(file_write_durable(path, "new", 3, &error));
    assert_code(&error, AWSIFT_ERROR_IO, home);
}

static void what_a_crash_left_is_neither_followed_nor_waited_for(void **state)
{
    g_autofree char *path = in("file"), *temporary = in("file.tmp"), *precious = in("precious");
    put(precious, "precious");
    assert_int_equal(link(precious, temporary), 0);
    assert_true(file_write_durable(path, "new", 3, NULL));
    assert_holds(precious, "precious");
    assert_int_equal(symlink(precious, temporary), 0);
    assert_true(file_write_durable(path, "newer", 5, NULL));
    assert_holds(precious, "precious");
    assert_int_equal(mkfifo(temporary, 0600), 0);
    alarm(5); /* opening a FIFO would wait for a reader */
    assert_true(file_write_durable(path, "newest", 6, NULL));
    alarm(0);
    assert_holds(path, "newest");
    assert_int_equal(g_mkdir(temporary, 0700), 0);
    GError *error = NULL;
    assert_false(file_write_durable(path, "x", 1, &error));
    assert_code(&error, AWSIFT_ERROR_IO, temporary);
    assert_holds(path, "newest");
}

static void a_file_is_moved_and_replaces_nothing(void **state)
{
    g_autofree char *from = in("from"), *to = in("to"), *dangling = in("dangling"), *gone = in("gone/to");
    static const int numbers[] = {0, EINVAL, EXDEV}; /* plain; no RENAME_NOREPLACE; another file system */
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        GError *error = NULL;
        put(from, "mail");
        put(to, "other");
        on_renameat2 = (struct fault){numbers[i], numbers[i] != 0};
        assert_false(file_move(from, to, &error));
        assert_code(&error, AWSIFT_ERROR_IO, to);
        assert_holds(from, "mail");
        assert_holds(to, "other");
        assert_int_equal(count_in(home), 2);
        g_unlink(to);
        assert_int_equal(symlink("nowhere", dangling), 0);
        on_renameat2 = (struct fault){numbers[i], numbers[i] != 0};
        assert_false(file_move(from, dangling, &error));
        assert_code(&error, AWSIFT_ERROR_IO, dangling);
        g_unlink(dangling);
        on_renameat2 = (struct fault){numbers[i], numbers[i] != 0};
        assert_false(file_move(from, gone, &error));
        g_clear_error(&error);
        assert_holds(from, "mail");
        on_renameat2 = (struct fault){numbers[i], numbers[i] != 0};
        assert_true(file_move(from, to, &error));
        assert_holds(to, "mail");
        assert_int_equal(count_in(home), 1);
        assert_false(file_move(from, to, &error));
        assert_code(&error, AWSIFT_ERROR_GONE, from);
        g_unlink(to);
    }
}

static void a_copy_across_file_systems_is_all_or_nothing(void **state)
{
    g_autofree char *from = in("from"), *to = in("to"), *temporary = in("to.tmp");
    g_autofree char *large = g_strnfill(200000, 'm');
    static const struct {
        struct fault *fault;
        int number, after;
        enum awsift_error code;
    } cases[] = {
        {&on_write, ENOSPC, 2, AWSIFT_ERROR_FULL},
        {&on_write, EIO, 1, AWSIFT_ERROR_IO},
        {&on_fsync, EIO, 1, AWSIFT_ERROR_IO},
    };
    put(from, large);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *error = NULL;
        on_renameat2 = (struct fault){EXDEV, 1};
        *cases[i].fault = (struct fault){cases[i].number, cases[i].after};
        assert_false(file_move(from, to, &error));
        assert_code(&error, cases[i].code, to);
        assert_int_equal(count_in(home), 1);
        assert_holds(from, large);
    }
    put(temporary, "left by a crash, longer or shorter");
    on_renameat2 = (struct fault){EXDEV, 1};
    on_write = (struct fault){EINTR, 2};
    assert_true(file_move(from, to, NULL));
    assert_holds(to, large);
    assert_int_equal(count_in(home), 1);
}

/* Whoever watches the folder that it goes to never sees a half. */
static void a_copy_goes_the_way_that_is_named(void **state)
{
    g_autofree char *from = in("from"), *to = in("to"), *way = in("way"), *gone = in("gone/way");
    put(from, "mail");
    put(way, "left by a crash, and longer");
    GError *error = NULL;
    on_renameat2 = (struct fault){EXDEV, 1};
    assert_false(file_move_by_way(from, gone, to, &error));
    g_clear_error(&error);
    assert_holds(from, "mail");
    assert_false(exists(to));
    on_renameat2 = (struct fault){EXDEV, 1};
    assert_true(file_move_by_way(from, way, to, NULL));
    assert_holds(to, "mail");
    assert_int_equal(count_in(home), 1);
}

static void only_a_regular_file_is_copied(void **state)
{
    g_autofree char *fifo = in("fifo"), *link = in("link"), *to = in("to");
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    const char *const refused[] = {fifo, link};
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        GError *error = NULL;
        on_renameat2 = (struct fault){EXDEV, 1};
        alarm(5);
        assert_false(file_move(refused[i], to, &error));
        alarm(0);
        assert_code(&error, AWSIFT_ERROR_IO, refused[i]);
        assert_false(exists(to));
    }
}

static void a_maildir_gets_a_mail_once(void **state)
{
    g_autofree char *maildir = in("out"), *fresh = in("out/new/u1"), *read = in("out/cur/u1:2,S"),
                    *flagged = in("out/new/u1:2,"), *longer = in("out/new/u1x");
    assert_true(maildir_deliver(maildir, "u1", "mail", 4, true, NULL));
    assert_holds(fresh, "mail");
    put(longer, "another");
    const char *const places[] = {fresh, read, flagged, fresh};
    for (size_t i = 0; i + 1 < G_N_ELEMENTS(places); i++) {
        assert_true(maildir_deliver(maildir, "u1", "again", 5, true, NULL));
        if (places[i] != flagged) /* as no reader leaves it: not looked for the first time */
            assert_true(maildir_deliver(maildir, "u1", "again", 5, false, NULL));
        assert_holds(places[i], "mail");
        assert_int_equal(g_rename(places[i], places[i + 1]), 0);
    }
    g_unlink(fresh);
    assert_true(maildir_deliver(maildir, "u1", "again", 5, true, NULL));
    assert_holds(fresh, "again");
    g_autofree char *inner = in("out/tmp");
    assert_int_equal(count_in(inner), 0);
}

static void a_delivery_that_was_not_durable_is_made_so(void **state)
{
    g_autofree char *maildir = in("out"), *inner = in("out/new");
    GError *error = NULL;
    on_fsync =
        (struct fault){EIO, 4}; /* that of new/, after those of the Maildir's name, its folders', the mail */
    assert_false(maildir_deliver(maildir, "u1", "mail", 4, true, &error));
    assert_code(&error, AWSIFT_ERROR_IO, inner);
    syncs = 0;
    assert_true(maildir_deliver(maildir, "u1", "mail", 4, true, NULL));
    assert_int_equal(syncs, 1);
    on_write = (struct fault){ENOSPC, 1};
    assert_false(maildir_deliver(maildir, "u2", "mail", 4, true, &error));
    assert_code(&error, AWSIFT_ERROR_FULL, "u2");
    assert_int_equal(count_in(inner), 1);
}

static void a_name_never_leaves_the_maildir(void **state)
{
    static const char *const names[] = {"", ".", "..", "../x", "a/b", "/etc/x", ".hidden", "a:2,S", "a\nb"};
    g_autofree char *maildir = in("out");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        GError *error = NULL;
        assert_false(maildir_deliver(maildir, names[i], "mail", 4, true, &error));
        assert_code(&error, AWSIFT_ERROR_IO, maildir);
    }
    assert_true(count_in(home) <= 1);
}

static void what_is_gone_is_removed(void **state)
{
    g_autofree char *path = in("file");
    GError *error = NULL;
    put(path, "x");
    assert_true(file_remove(path, NULL));
    assert_true(file_remove(path, NULL));
    assert_false(file_remove(home, &error));
    assert_code(&error, AWSIFT_ERROR_IO, home);
}

static int open_read(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(descriptor >= 0);
    return descriptor;
}

static void files_are_read_up_to_the_limit(void **state)
{
    g_autofree char *path = in("file"), *large = g_strnfill(200000, 'm');
    static const struct {
        size_t limit, want;
    } cases[] = {{0, 0},           {1, 1},           {65536, 65536},    {65537, 65537},
                 {200000, 200000}, {200001, 200000}, {SIZE_MAX, 200000}};
    put(path, large);
    int descriptor = open_read(path);
    assert_int_equal(lseek(descriptor, 77, SEEK_SET), 77); /* where it stands does not matter, and stays */
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GBytes) bytes = file_read(descriptor, cases[i].limit, NULL);
        assert_int_equal(g_bytes_get_size(bytes), cases[i].want);
        assert_memory_equal(g_bytes_get_data(bytes, NULL), large, cases[i].want);
    }
    assert_int_equal(lseek(descriptor, 0, SEEK_CUR), 77);
    close(descriptor);
}

static void a_huge_file_is_an_error_not_the_end(void **state)
{
    g_autofree char *path = in("file");
    GError *error = NULL;
    put(path, "start");
    assert_int_equal(truncate(path, INT64_C(5) << 30), 0); /* all hole */
    int descriptor = open_read(path);
    assert_null(file_read(descriptor, SIZE_MAX, &error));
    assert_code(&error, AWSIFT_ERROR_LIMIT, "MiB");
    g_autoptr(GBytes) bytes = file_read(descriptor, 100, NULL);
    assert_int_equal(g_bytes_get_size(bytes), 100);
    close(descriptor);
}

static void what_cannot_be_read_is_an_error(void **state)
{
    int pair[2];
    GError *error = NULL;
    assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
    assert_null(file_read(pair[0], 10, &error));
    assert_code(&error, AWSIFT_ERROR_IO, "read");
    assert_null(file_sha256(-1, &error));
    assert_code(&error, AWSIFT_ERROR_IO, "read");
    close(pair[0]);
    close(pair[1]);
}

static void hashes_are_of_all_bytes(void **state)
{
    g_autofree char *path = in("file"), *large = g_strnfill(200000, 'm');
    const char *const texts[] = {"", "mail", large};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        put(path, texts[i]);
        int descriptor = open_read(path);
        g_autofree char *found = file_sha256(descriptor, NULL),
                        *want = g_compute_checksum_for_string(G_CHECKSUM_SHA256, texts[i], -1);
        assert_string_equal(found, want);
        close(descriptor);
    }
}

static void a_lock_is_held_by_one(void **state)
{
    g_autofree char *path = in("lock"), *link = in("link"), *missing = in("gone/lock");
    GError *error = NULL;
    int holder = -1;
    int lock = file_lock(path, &holder, NULL);
    assert_true(lock >= 0);
    assert_int_equal(holder, 0);
    assert_int_equal(file_lock(path, &holder, &error), -1); /* another description of the same file */
    assert_code(&error, AWSIFT_ERROR_BUSY, path);
    assert_int_equal(holder, getpid());
    static const struct {
        const char *text;
        int want;
    } cases[] = {{"", 0}, {"junk", 0}, {"-5\n", 0}, {"99999999999999999999", G_MAXINT}, {"12\n34", 12}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        assert_int_equal(ftruncate(lock, 0), 0);
        assert_int_equal(pwrite(lock, cases[i].text, strlen(cases[i].text), 0), strlen(cases[i].text));
        assert_int_equal(file_lock(path, &holder, NULL), -1);
        assert_int_equal(holder, cases[i].want);
    }
    close(lock);
    lock = file_lock(path, &holder, NULL);
    assert_true(lock >= 0);
    g_autofree char *pid = g_strdup_printf("%d\n", getpid());
    assert_holds(path, pid);
    close(lock);
    assert_int_equal(symlink("lock", link), 0);
    assert_int_equal(file_lock(link, &holder, &error), -1);
    assert_code(&error, AWSIFT_ERROR_IO, link);
    assert_int_equal(file_lock(missing, &holder, &error), -1);
    assert_code(&error, AWSIFT_ERROR_GONE, missing);
}

static void assert_anew(const char *temporary)
{
    g_autofree char *path = in("mail");
    struct stat seen, now;
    const char *sha256 = "b2d0b2b6b7dd2e46ed8c1fbab2d3b9a3"; /* of no bytes here */
    g_autofree char *real = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "mail\n", -1);
    GError *error = NULL;
    int below = open(home, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const struct file_at file = {below, "mail"};
    put(path, "mail\n");
    assert_int_equal(utime(path, &(struct utimbuf){1000, 2000}), 0);
    assert_int_equal(stat(path, &seen), 0);
    ino_t first = seen.st_ino;
    assert_false(file_write_anew_at(file, temporary, sha256, &seen, &error));
    assert_code(&error, AWSIFT_ERROR_GONE, "other bytes");
    on_fsync = (struct fault){EIO, 1};
    assert_false(file_write_anew_at(file, temporary, real, &seen, &error));
    assert_code(&error, AWSIFT_ERROR_IO, "cannot sync");
    assert_int_equal(stat(path, &now), 0);
    assert_int_equal(now.st_ino, first);
    for (int exchanges = 1; exchanges >= 0; exchanges--) { /* on a file system that has none, too */
        on_renameat2 = (struct fault){EINVAL, exchanges == 1 ? 0 : 1};
        ino_t before = seen.st_ino;
        assert_true(file_write_anew_at(file, temporary, real, &seen, NULL));
        assert_int_equal(stat(path, &now), 0);
        assert_true(now.st_ino == seen.st_ino && now.st_ino != before && now.st_mtime == 2000);
        assert_holds(path, "mail\n");
    }
    close(below);
}

static void a_mail_is_written_anew_under_its_name(void **state)
{
    g_autofree char *folder = in("tmp");
    assert_int_equal(g_mkdir(folder, 0700), 0);
    assert_anew(".temporary");
    assert_anew("tmp/temporary");
    assert_int_equal(count_in(home), 2);
    assert_int_equal(count_in(folder), 0);
}

static void another_mail_under_its_name_is_not_lost(void **state)
{
    g_autofree char *path = in("mail"), *other = in("other"),
                    *sha256 = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "mail\n", -1);
    struct stat seen;
    GError *error = NULL;
    put(path, "mail\n");
    put(other, "other mail\n");
    assert_int_equal(stat(path, &seen), 0);
    const struct file_at file = {AT_FDCWD, path};
    g_autofree char *temporary = in(".temporary");
    intruder = other;
    intruded = path;
    assert_false(file_write_anew_at(file, temporary, sha256, &seen, &error));
    assert_code(&error, AWSIFT_ERROR_GONE, "mail");
    assert_holds(path, "other mail\n");
    assert_int_equal(count_in(home), 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(only_regular_files_are_opened),
        CASE(a_refused_file_leaks_no_descriptor),
        CASE(folders_are_made_once),
        CASE(a_folder_is_durable_by_its_name),
        CASE(what_a_delivery_left_is_removed_once_it_is_old),
        CASE(a_folder_that_is_not_writable_changes_nothing),
        CASE(bytes_are_put_durably),
        CASE(a_fault_leaves_what_was_there),
        CASE(what_a_crash_left_is_neither_followed_nor_waited_for),
        CASE(a_file_is_moved_and_replaces_nothing),
        CASE(a_copy_across_file_systems_is_all_or_nothing),
        CASE(a_copy_goes_the_way_that_is_named),
        CASE(only_a_regular_file_is_copied),
        CASE(a_maildir_gets_a_mail_once),
        CASE(a_delivery_that_was_not_durable_is_made_so),
        CASE(a_name_never_leaves_the_maildir),
        CASE(what_is_gone_is_removed),
        CASE(files_are_read_up_to_the_limit),
        CASE(a_huge_file_is_an_error_not_the_end),
        CASE(what_cannot_be_read_is_an_error),
        CASE(hashes_are_of_all_bytes),
        CASE(a_lock_is_held_by_one),
        CASE(a_mail_is_written_anew_under_its_name),
        CASE(another_mail_under_its_name_is_not_lost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
