/* Snapshots: what is taken, that it cannot change, and a table of contents that lies. */
#include "base/error.h"
#include "wire/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

static char *home, *scripts, *rules;
static bool in_small_pieces;
static int interruptions;

/* Writes of this program pass by here first. */
ssize_t write(int descriptor, const void *bytes, size_t size)
{
    if (interruptions > 0 && interruptions-- > 0) {
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_write, descriptor, bytes, in_small_pieces ? MIN(size, 3) : size);
}

static int set_up(void **state)
{
    in_small_pieces = false;
    interruptions = 0;
    home = g_dir_make_tmp("awsift-snapshot-XXXXXX", NULL);
    scripts = g_build_filename(home, "scripts", NULL);
    rules = g_build_filename(home, "rules", NULL);
    return g_mkdir(scripts, 0700) == 0 && g_mkdir(rules, 0700) == 0 ? 0 : -1;
}

static int tear_down(void **state)
{
    char *arguments[] = {"rm", "-rf", home, NULL};
    g_spawn_sync(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(home);
    g_free(scripts);
    g_free(rules);
    return 0;
}

static void put(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL), *parent = g_path_get_dirname(path);
    g_mkdir_with_parents(parent, 0700);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static struct snapshot *take(void)
{
    GError *error = NULL;
    struct snapshot *taken = snapshot_take(scripts, (const char *const[]){rules, NULL}, &error);
    assert_null(error);
    assert_non_null(taken);
    return taken;
}

static guint64 fingerprint(void)
{
    return snapshot_fingerprint(scripts, (const char *const[]){rules, NULL}, NULL);
}

static void files_are_taken_by_name(void **state)
{
    put(scripts, "note.lua", "return 1");
    put(rules, "b.lua", "b");
    put(rules, "a.lua", "");
    put(rules, "tests/fixtures/x.eml", "From: x\n");
    g_autoptr(snapshot) taken = take();
    static const char *const want[] = {"awsift/note.lua", "rules/0/a.lua", "rules/0/b.lua",
                                       "rules/0/tests/fixtures/x.eml"};
    assert_int_equal(snapshot_count(taken), G_N_ELEMENTS(want));
    for (size_t i = 0; i < G_N_ELEMENTS(want); i++) {
        assert_string_equal(snapshot_get(taken, i).name, want[i]);
        assert_ptr_equal(snapshot_find(taken, want[i]).bytes, snapshot_get(taken, i).bytes);
    }
    assert_int_equal(snapshot_find(taken, "rules/0/a.lua").size, 0);
    assert_non_null(snapshot_find(taken, "rules/0/a.lua").bytes);
    assert_memory_equal(snapshot_find(taken, "rules/0/b.lua").bytes, "b", 1);
    static const char *const absent[] = {
        "", "rules", "rules/0/", "rules/0/c.lua", "zzz", "rules/0/../0/a.lua"};
    for (size_t i = 0; i < G_N_ELEMENTS(absent); i++)
        assert_null(snapshot_find(taken, absent[i]).bytes);
}

static void each_folder_has_its_number(void **state)
{
    put(rules, "a.lua", "a");
    GError *error = NULL;
    g_autoptr(snapshot) taken = snapshot_take(scripts, (const char *const[]){rules, rules, NULL}, &error);
    assert_non_null(taken);
    assert_int_equal(snapshot_count(taken), 2);
    assert_non_null(snapshot_find(taken, "rules/1/a.lua").bytes);
    g_autofree char *missing = g_build_filename(home, "missing", NULL);
    assert_null(snapshot_take(scripts, (const char *const[]){rules, missing, NULL}, &error));
    assert_non_null(strstr(error->message, missing));
    g_clear_error(&error);
}

static void note_unread(const char *path, const char *why, void *data)
{
    g_string_append_printf(data, "%s: %s\n", path + strlen(home), why);
}

static void what_cannot_be_read_is_left_out_and_told(void **state)
{
    put(rules, "a.lua", "a");
    put(scripts, "note.lua", "n");
    g_autofree char *missing = g_build_filename(home, "missing", NULL),
                    *unreadable = g_build_filename(scripts, "b.lua", NULL);
    assert_int_equal(symlink("/proc/self/mem", unreadable), 0); /* its beginning is nobody's to read */
    const char *const folders[] = {missing, rules, NULL};
    GError *error = NULL;
    g_autoptr(GString) told = g_string_new(NULL);
    g_autoptr(snapshot) taken = snapshot_take_readable(scripts, folders, note_unread, told, &error);
    assert_null(error);
    assert_int_equal(snapshot_count(taken), 2);
    assert_non_null(snapshot_find(taken, "rules/1/a.lua").bytes);
    assert_string_equal(told->str, "/scripts/b.lua: cannot read the file: Input/output error\n"
                                   "/missing: cannot be read: No such file or directory\n");
    assert_null(snapshot_take(scripts, (const char *const[]){rules, NULL}, &error));
    assert_true(g_str_has_prefix(error->message, unreadable));
    g_clear_error(&error);
}

static void link_at(const char *name, const char *target)
{
    g_autofree char *path = g_build_filename(rules, name, NULL);
    assert_int_equal(symlink(target, path), 0);
}

static void links_are_followed_where_they_stay_inside(void **state)
{
    put(rules, "..data/a.lua", "a");
    put(rules, "other/b.lua", "b");
    put(home, "outside.lua", "o");
    g_autofree char *inside = g_build_filename(rules, "other", "b.lua", NULL),
                    *beside = g_strconcat(rules, "-beside", NULL);
    assert_int_equal(g_mkdir(beside, 0700), 0);
    put(beside, "c.lua", "c");
    link_at("a.lua", "..data/a.lua");
    link_at("absolute.lua", inside);
    link_at("folder", "other");
    g_autoptr(snapshot) taken = take();
    static const char *const want[] = {"rules/0/a.lua", "rules/0/absolute.lua", "rules/0/folder/b.lua",
                                       "rules/0/other/b.lua"};
    assert_int_equal(snapshot_count(taken), G_N_ELEMENTS(want));
    for (size_t i = 0; i < G_N_ELEMENTS(want); i++)
        assert_string_equal(snapshot_get(taken, i).name, want[i]);
    static const char *const leading_out[] = {"../outside.lua", "../rules-beside/c.lua", "../rules-beside",
                                              "/etc"};
    for (size_t i = 0; i < G_N_ELEMENTS(leading_out); i++) {
        g_autoptr(GError) error = NULL;
        g_autofree char *path = g_build_filename(rules, "out.lua", NULL);
        link_at("out.lua", leading_out[i]);
        assert_null(snapshot_take(scripts, (const char *const[]){rules, NULL}, &error));
        assert_true(g_str_has_prefix(error->message, path));
        assert_non_null(strstr(error->message, "outside its rule folder"));
        assert_int_equal(unlink(path), 0);
    }
}

static void a_folder_that_is_a_link_is_followed_anew_each_time(void **state)
{
    g_autofree char *link = g_build_filename(home, "live", NULL);
    const char *const folders[] = {link, NULL};
    put(home, "one/a.lua", "1");
    put(home, "two/a.lua", "2");
    assert_int_equal(symlink("one", link), 0);
    guint64 before = snapshot_fingerprint(scripts, folders, NULL);
    assert_int_equal(unlink(link), 0);
    assert_int_equal(symlink("two", link), 0);
    assert_true(snapshot_fingerprint(scripts, folders, NULL) != before);
    g_autoptr(snapshot) taken = snapshot_take(scripts, folders, NULL);
    assert_non_null(taken);
    assert_memory_equal(snapshot_find(taken, "rules/0/a.lua").bytes, "2", 1);
}

static void the_fingerprint_counts_empty_rules_and_sees_past_what_cannot_be_read(void **state)
{
    size_t empty;
    put(rules, "a.lua", "a");
    put(rules, "empty.txt", "");
    link_at("out.lua", "/etc/passwd");
    guint64 before = snapshot_fingerprint(scripts, (const char *const[]){rules, NULL}, &empty);
    assert_int_equal(empty, 0);
    put(rules, "b.lua", "");
    guint64 after = snapshot_fingerprint(scripts, (const char *const[]){rules, NULL}, &empty);
    assert_true(before != 0 && after != 0 && before != after);
    assert_int_equal(empty, 1);
}

static void what_is_no_rule_file_is_left_out(void **state)
{
    static const char *const names[] = {".hidden.lua",        "a.lua~",     "#a.lua#",
                                        ".git/config",        "a.lua.swp",  "a.lua.tmp",
                                        "1/2/3/4/5/deep.lua", "caf\xe9.lua"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        put(rules, names[i], "x");
    put(rules, "1/2/3/4/kept.lua", "x");
    g_autofree char *fifo = g_build_filename(rules, "fifo.lua", NULL),
                    *dangling = g_build_filename(rules, "dangling.lua", NULL),
                    *loop = g_build_filename(rules, "1", "loop", NULL);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(symlink("nowhere", dangling), 0);
    assert_int_equal(symlink("loop", loop), 0);
    int kept = dup(STDERR_FILENO), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    dup2(null, STDERR_FILENO); /* the name that is no UTF-8 is warned of */
    g_autoptr(snapshot) taken = take();
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(null);
    assert_int_equal(snapshot_count(taken), 1);
    assert_string_equal(snapshot_get(taken, 0).name, "rules/0/1/2/3/4/kept.lua");
}

/* As in a folder that may be listed and not entered; root is kept from nothing but a name that is too long.
 */
static void what_cannot_be_looked_at_is_an_error(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *longer = g_strnfill(300, 'x');
    put(rules, "a.lua", "a");
    link_at("b.lua", longer);
    assert_null(snapshot_take(scripts, (const char *const[]){rules, NULL}, &error));
    assert_non_null(strstr(error->message, "b.lua: cannot be read"));
}

static void too_much_is_an_error(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *huge = g_build_filename(rules, "huge.lua", NULL),
                    *mail = g_build_filename(rules, "huge.eml", NULL);
    put(rules, "huge.eml", "");
    put(rules, "huge.lua", "");
    assert_int_equal(truncate(mail, (64 << 20) + 1), 0); /* all hole */
    assert_null(snapshot_take(scripts, (const char *const[]){rules, NULL}, &error));
    assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT));
    assert_non_null(strstr(error->message, mail));
    g_clear_error(&error);
    assert_int_equal(unlink(mail), 0);
    assert_int_equal(truncate(huge, (8 << 20) + 1), 0);
    assert_null(snapshot_take(scripts, (const char *const[]){rules, NULL}, &error));
    assert_non_null(strstr(error->message, "more than 8 MiB; split it"));
    assert_int_equal(truncate(huge, 8 << 20), 0);
    g_autoptr(snapshot) taken = take();
    assert_int_equal(snapshot_count(taken), 1);
}

static void the_same_files_are_the_same_revision(void **state)
{
    put(rules, "a.lua", "a");
    put(rules, "b.lua", "b");
    g_autoptr(snapshot) one = take();
    in_small_pieces = true;
    interruptions = 2;
    g_autoptr(snapshot) two = take();
    assert_int_equal(strlen(snapshot_revision(one)), 64);
    assert_string_equal(snapshot_revision(one), snapshot_revision(two));
    static const char *const changes[][2] = {{"a.lua", "A"}, {"a.lua", "ab"}, {"c.lua", ""}};
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        put(rules, changes[i][0], changes[i][1]);
        g_autoptr(snapshot) other = take();
        assert_string_not_equal(snapshot_revision(one), snapshot_revision(other));
    }
}

static void a_save_changes_the_fingerprint(void **state)
{
    put(rules, "a.lua", "a");
    guint64 last = fingerprint();
    assert_true(last != 0 && last == fingerprint());
    static const char *const changes[][2] = {
        {"a.lua", "b"}, {"b.lua", "b"}, {"tests/c.lua", "c"}, {"a.lua", "b"}};
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_usleep(20000); /* the clock of a file system is coarse */
        put(rules, changes[i][0], changes[i][1]);
        assert_true(fingerprint() != last);
        last = fingerprint();
    }
    g_autofree char *missing = g_build_filename(home, "missing", NULL);
    assert_true(snapshot_fingerprint(missing, (const char *const[]){NULL}, NULL) != 0);
}

static void a_snapshot_cannot_be_changed(void **state)
{
    put(rules, "a.lua", "a");
    g_autoptr(snapshot) taken = take();
    int descriptor = snapshot_descriptor(taken);
    assert_true(fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
    assert_int_equal(pwrite(descriptor, "X", 1, 0), -1);
    assert_int_equal(ftruncate(descriptor, 0), -1);
    assert_int_equal(ftruncate(descriptor, 1 << 20), -1);
    assert_true(mmap(NULL, 8, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0) == MAP_FAILED);
}

static void another_process_reads_the_same(void **state)
{
    put(rules, "a.lua", "a");
    g_autoptr(snapshot) taken = take();
    g_autoptr(snapshot) opened = snapshot_open(dup(snapshot_descriptor(taken)), NULL);
    assert_non_null(opened);
    assert_string_equal(snapshot_revision(opened), snapshot_revision(taken));
    assert_memory_equal(snapshot_find(opened, "rules/0/a.lua").bytes, "a", 1);
}

static int make_memfd(const void *bytes, size_t size, int seals)
{
    int descriptor = memfd_create("hostile", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_int_equal(write(descriptor, bytes, size), size);
    assert_int_equal(fcntl(descriptor, F_ADD_SEALS, seals), 0);
    return descriptor;
}

static const int all_seals = F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

static bool opens(const void *bytes, size_t size)
{
    g_autoptr(GError) error = NULL;
    int descriptor = make_memfd(bytes, size, all_seals);
    g_autoptr(snapshot) opened = snapshot_open(descriptor, &error);
    if (opened == NULL) {
        assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_CORRUPT));
        assert_int_equal(fcntl(descriptor, F_GETFD), -1); /* taken, so closed */
    }
    return opened != NULL;
}

static void append(GByteArray *bytes, const char *name, guint32 name_length, guint64 length,
                   const char *contents)
{
    guint32 first = GUINT32_TO_LE(name_length);
    guint64 second = GUINT64_TO_LE(length);
    g_byte_array_append(bytes, (const guint8 *)&first, 4);
    g_byte_array_append(bytes, (const guint8 *)&second, 8);
    g_byte_array_append(bytes, (const guint8 *)name, (guint)strlen(name));
    g_byte_array_append(bytes, (const guint8 *)contents, (guint)strlen(contents));
}

static void a_table_of_contents_that_lies_is_refused(void **state)
{
    static const struct {
        const char *name;
        guint32 name_length;
        guint64 length;
        const char *contents;
        bool want;
    } cases[] = {
        {"n", 1, 2, "xx", true},
        {"n", 1, 0, "", true},
        {"n", 1, 3, "xx", false},
        {"n", 1, 1, "xx", false},
        {"", 0, 2, "xx", false},
        {"n", 4, 0, "xx", false},
        {"n", 1001, 0, "xx", false},
        {"n", G_MAXUINT32, 2, "xx", false},
        {"n", 1, G_MAXUINT64, "xx", false},
        {"n", 1, G_MAXUINT64 - 20, "xx", false},
        {"n", 1, G_MAXUINT64 - 12, "xx", false},
        {"n", 1, (guint64)G_MAXINT64 + 1, "xx", false},
        {"\xe9", 1, 2, "xx", false},
        {"a", 1, 2, "xx", false}, /* before "b", or the same as it */
        {"b", 1, 2, "xx", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GByteArray) bytes = g_byte_array_new();
        g_byte_array_append(bytes, (const guint8 *)"AWSIFT1\n", 8);
        append(bytes, "b", 1, 0, "");
        append(bytes, cases[i].name, cases[i].name_length, cases[i].length, cases[i].contents);
        assert_int_equal(opens(bytes->data, bytes->len), cases[i].want);
    }
    static const char with_nul[] = "AWSIFT1\n\3\0\0\0\0\0\0\0\0\0\0\0a\0b";
    assert_false(opens(with_nul, sizeof with_nul - 1));
}

static void a_cut_snapshot_is_refused_wherever_it_is_cut(void **state)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)"AWSIFT1\n", 8);
    append(bytes, "awsift/a.lua", 12, 3, "abc");
    size_t whole = bytes->len;
    append(bytes, "rules/0/b.lua", 13, 5, "abcde");
    for (size_t cut = 0; cut <= bytes->len; cut++)
        assert_int_equal(opens(bytes->data, cut), cut == 8 || cut == whole || cut == bytes->len);
    bytes->data[6] = '2';
    assert_false(opens(bytes->data, bytes->len));
}

static void more_files_than_are_ever_taken_are_refused(void **state)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_byte_array_append(bytes, (const guint8 *)"AWSIFT1\n", 8);
    for (int i = 0; i < 20001; i++) {
        g_autofree char *name = g_strdup_printf("%05d", i);
        if (i == 20000)
            assert_true(opens(bytes->data, bytes->len));
        append(bytes, name, 5, 0, "");
    }
    assert_false(opens(bytes->data, bytes->len));
}

static void what_could_still_change_is_refused(void **state)
{
    static const int missing[] = {F_SEAL_WRITE, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_SEAL};
    for (size_t i = 0; i < G_N_ELEMENTS(missing); i++)
        assert_null(snapshot_open(make_memfd("AWSIFT1\n", 8, all_seals & ~missing[i]), NULL));
    g_autofree char *path = g_build_filename(home, "file", NULL);
    put(home, "file", "AWSIFT1\n");
    assert_null(snapshot_open(open(path, O_RDONLY | O_CLOEXEC), NULL));
    assert_null(snapshot_open(-1, NULL));
    snapshot_free(NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(files_are_taken_by_name),
        CASE(each_folder_has_its_number),
        CASE(what_is_no_rule_file_is_left_out),
        CASE(what_cannot_be_read_is_left_out_and_told),
        CASE(links_are_followed_where_they_stay_inside),
        CASE(a_folder_that_is_a_link_is_followed_anew_each_time),
        CASE(the_fingerprint_counts_empty_rules_and_sees_past_what_cannot_be_read),
        CASE(what_cannot_be_looked_at_is_an_error),
        CASE(too_much_is_an_error),
        CASE(the_same_files_are_the_same_revision),
        CASE(a_save_changes_the_fingerprint),
        CASE(a_snapshot_cannot_be_changed),
        CASE(another_process_reads_the_same),
        CASE(a_table_of_contents_that_lies_is_refused),
        CASE(a_cut_snapshot_is_refused_wherever_it_is_cut),
        CASE(more_files_than_are_ever_taken_are_refused),
        CASE(what_could_still_change_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
