/* Filing: names, the Maildirs of the archive, finding again, setting aside, and every step done twice. */
#include "base/error.h"
#include "keeper/filing.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

static const char sha_of_mail[] = "a295e46c7b4bda7b1ae5be0fea9f23d7d7a3ebd9c0b81a2fc1dc3c1e8c1a51f2";
static char *home, *store, *spool;

/* The disk: so many syncs from now on fail. */
static int failing_syncs;

int fsync(int descriptor)
{
    if (failing_syncs == 0)
        return 0;
    failing_syncs--;
    errno = EIO;
    return -1;
}

static char *in(const char *folder, const char *name)
{
    return g_build_filename(folder, name, NULL);
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
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static int set_up(void **state)
{
    home = g_dir_make_tmp("awsift-filing-XXXXXX", NULL);
    store = in(home, "store");
    spool = in(home, "spool");
    g_mkdir(spool, 0700);
    return filing_prepare(store, NULL) ? 0 : -1;
}

static int tear_down(void **state)
{
    char *arguments[] = {"rm", "-rf", home, NULL};
    g_spawn_sync(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_free(home);
    g_free(store);
    g_free(spool);
    return 0;
}

static void names_follow_from_the_ledger(void **state)
{
    g_autofree char *name = filing_name(42, sha_of_mail);
    assert_string_equal(name, "42.a295e46c7b4bda7b.awsift");
}

static void prepare_makes_what_is_missing_and_may_be_repeated(void **state)
{
    assert_true(filing_prepare(store, NULL));
    static const char *const folders[] = {"archive", "unreadable", "outbox/tmp", "outbox/new", "outbox/cur"};
    for (size_t i = 0; i < G_N_ELEMENTS(folders); i++) {
        g_autofree char *path = in(store, folders[i]);
        assert_true(g_file_test(path, G_FILE_TEST_IS_DIR));
    }
    g_autofree char *archive = in(store, "archive");
    g_autoptr(GDir) listing = g_dir_open(archive, 0, NULL);
    assert_null(g_dir_read_name(listing)); /* the proof left nothing behind */
}

static void prepare_says_what_is_wrong(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *file = in(home, "file");
    put(file, "x");
    g_autofree char *below = in(file, "store");
    assert_false(filing_prepare(below, &error));
    assert_non_null(strstr(error->message, below));
}

static void a_mail_is_filed_and_found(void **state)
{
    g_autofree char *from = in(spool, "m1");
    put(from, "mail");
    assert_true(filing_file(store, "maintenance", 1, sha_of_mail, from, true, NULL));
    assert_true(filing_sync(store, "maintenance", spool, NULL));
    assert_false(exists(from));
    g_autofree char *found = filing_find(store, "maintenance", 1, sha_of_mail);
    assert_true(g_str_has_suffix(found, "/archive/maintenance/cur/1.a295e46c7b4bda7b.awsift:2,"));
    assert_holds(found, "mail");
    assert_true(filing_file(store, "maintenance", 1, sha_of_mail, from, true, NULL)); /* after a crash */
}

static void a_mail_is_found_whatever_a_reader_did(void **state)
{
    static const char *const places[] = {"cur/7.a295e46c7b4bda7b.awsift:2,FRS",
                                         "cur/7.a295e46c7b4bda7b.awsift:2,S", "new/7.a295e46c7b4bda7b.awsift",
                                         "new/7.a295e46c7b4bda7b.awsift:2,ab",
                                         "cur/7.a295e46c7b4bda7b.awsift"};
    g_autofree char *from = in(spool, "m7");
    put(from, "mail");
    assert_true(filing_file(store, "other", 7, sha_of_mail, from, false, NULL));
    g_autofree char *folder = g_build_filename(store, "archive", "other", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *old = filing_find(store, "other", 7, sha_of_mail);
        g_autofree char *path = in(folder, places[i]);
        assert_int_equal(g_rename(old, path), 0);
        g_autofree char *found = filing_find(store, "other", 7, sha_of_mail);
        assert_string_equal(found, path);
        int descriptor = filing_open(store, "other", 7, sha_of_mail);
        assert_true(descriptor >= 0);
        close(descriptor);
    }
    g_autofree char *last = filing_find(store, "other", 7, sha_of_mail);
    g_autofree char *copying = in(folder, "cur/7.a295e46c7b4bda7b.awsift:2,.tmp");
    g_autofree char *longer = in(folder, "cur/7.a295e46c7b4bda7b.awsift2:2,");
    put(copying, "ma");
    put(longer, "another");
    assert_int_equal(g_unlink(last), 0);
    assert_null(filing_find(store, "other", 7, sha_of_mail));
    assert_int_equal(filing_open(store, "other", 7, sha_of_mail), -1);
}

static void a_symlink_in_the_archive_is_not_opened(void **state)
{
    g_autofree char *from = in(spool, "m8");
    put(from, "mail");
    assert_true(filing_file(store, "other", 8, sha_of_mail, from, false, NULL));
    g_autofree char *path = filing_find(store, "other", 8, sha_of_mail);
    assert_int_equal(g_unlink(path), 0);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(filing_open(store, "other", 8, sha_of_mail), -1);
}

static char *sha_of(const char *text)
{
    return g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
}

static void a_move_that_was_cut_is_finished(void **state)
{
    g_autofree char *sha = sha_of("mail");
    g_autofree char *from = in(spool, "m9");
    put(from, "mail");
    assert_true(filing_file(store, "other", 9, sha, from, false, NULL));
    put(from, "mail"); /* as if the copy across file systems ended before the unlink */
    assert_true(filing_file(store, "other", 9, sha, from, true, NULL));
    assert_false(exists(from));
}

/* rename(2) of one name of a file onto another one of it does nothing, and says that it did. */
static void another_name_of_the_filed_mail_goes_and_the_mail_stays(void **state)
{
    g_autofree char *sha = sha_of("mail"), *from = in(spool, "m20");
    put(from, "mail");
    assert_true(filing_file(store, "other", 20, sha, from, false, NULL));
    g_autofree char *filed = filing_find(store, "other", 20, sha);
    assert_int_equal(link(filed, from), 0);
    assert_true(filing_file(store, "other", 20, sha, from, false, NULL));
    assert_false(exists(from));
    assert_holds(filed, "mail");
}

static void what_was_put_in_its_place_goes_back(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *sha = sha_of("mail"), *from = in(spool, "m21");
    struct stat seen;
    put(from, "mail");
    assert_int_equal(stat(from, &seen), 0);
    assert_int_equal(g_unlink(from), 0);
    put(from, "another mail");
    const struct filing_source source = {AT_FDCWD, from, from, &seen};
    assert_false(filing_file_from(store, "other", 21, sha, &source, false, &error));
    assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE));
    assert_holds(from, "another mail");
    assert_null(filing_find(store, "other", 21, sha));
}

static void other_bytes_under_the_name_are_never_overwritten(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *sha = sha_of("mail");
    g_autofree char *from = in(spool, "m10");
    put(from, "mail");
    assert_true(filing_file(store, "other", 10, sha, from, false, NULL));
    put(from, "something else");
    assert_false(filing_file(store, "other", 10, sha, from, true, &error));
    assert_non_null(error);
    assert_holds(from, "something else");
    g_autofree char *filed = filing_find(store, "other", 10, sha);
    assert_holds(filed, "mail");
}

static void a_mail_that_is_nowhere_is_an_error(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *from = in(spool, "nowhere");
    assert_false(filing_file(store, "other", 11, sha_of_mail, from, true, &error));
    assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE));
}

static void a_category_never_leaves_the_archive(void **state)
{
    static const char *const names[] = {"", ".", "..", "../x", "a/b", ".hidden", "a\nb"};
    g_autofree char *from = in(spool, "m12");
    put(from, "mail");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(GError) error = NULL;
        assert_false(filing_file(store, names[i], 12, sha_of_mail, from, false, &error));
        assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_PROTOCOL));
        assert_null(filing_find(store, names[i], 12, sha_of_mail));
    }
    assert_true(exists(from));
}

static void what_cannot_be_decided_is_set_aside(void **state)
{
    g_autofree char *from = in(spool, "m13");
    put(from, "mail");
    for (int times = 0; times < 2; times++)
        assert_true(filing_set_aside(store, 13, sha_of_mail,
                                     &(struct filing_source){AT_FDCWD, from, from, NULL},
                                     "the decider crashed twice", NULL));
    assert_false(exists(from));
    g_autofree char *path = g_build_filename(store, "unreadable", "13.a295e46c7b4bda7b.awsift", NULL);
    g_autofree char *reason = g_strconcat(path, ".reason", NULL);
    assert_holds(path, "mail");
    assert_holds(reason, "the decider crashed twice\n");
}

/* ---- bringing it to its place ---- */

static struct filing_home home_of(int64_t message, const char *sha, const char *elsewhere)
{
    return (struct filing_home){.store = store,
                                .category = "wanted",
                                .sha256 = sha,
                                .elsewhere = {NULL, elsewhere},
                                .message = message};
}

static void file_as(const char *category, int64_t message, const char *sha, const char *text)
{
    g_autofree char *from = in(spool, "m");
    put(from, text);
    assert_true(filing_file(store, category, message, sha, from, false, NULL));
}

static void assert_lies(const char *category, int64_t message, const char *sha, const char *text)
{
    g_autofree char *found = filing_find(store, category, message, sha);
    if (text == NULL)
        assert_null(found);
    else
        assert_holds(found, text);
}

static void a_mail_that_lies_in_its_place_stays(void **state)
{
    g_autofree char *sha = sha_of("mail");
    struct filing_home home = home_of(20, sha, "other");
    file_as("wanted", 20, sha, "mail");
    assert_int_equal(filing_bring_home(&home, NULL), FILING_HOME);
    assert_null(home.from);
    assert_null(home.damaged);
    assert_lies("wanted", 20, sha, "mail");
}

static void a_mail_is_brought_from_another_folder(void **state)
{
    g_autofree char *sha = sha_of("mail");
    struct filing_home home = home_of(21, sha, "other");
    file_as("other", 21, sha, "mail");
    assert_int_equal(filing_bring_home(&home, NULL), FILING_HOME);
    assert_true(g_str_has_suffix(home.from, "/archive/other/cur"));
    assert_lies("wanted", 21, sha, "mail");
    assert_lies("other", 21, sha, NULL);
    filing_home_clear(&home);
    assert_null(home.from);
}

static void a_mail_that_is_in_no_folder_is_nowhere(void **state)
{
    g_autofree char *sha = sha_of("mail");
    struct filing_home home = home_of(22, sha, "never");
    assert_int_equal(filing_bring_home(&home, NULL), FILING_NOWHERE);
}

static void what_has_other_bytes_is_set_aside(void **state)
{
    g_autofree char *sha = sha_of("mail"), *damaged = sha_of("ma");
    g_autofree char *plain = filing_name(23, damaged), *name = g_strconcat(plain, ".damaged", NULL);
    g_autofree char *aside = g_build_filename(store, "unreadable", name, NULL);
    g_autofree char *reason_path = g_strconcat(aside, ".reason", NULL), *reason = NULL;
    struct filing_home home = home_of(23, sha, "other");
    file_as("wanted", 23, sha, "ma");
    file_as("other", 23, sha, "mail");
    assert_int_equal(filing_bring_home(&home, NULL), FILING_HOME);
    assert_lies("wanted", 23, sha, "mail");
    assert_holds(aside, "ma");
    assert_true(g_file_get_contents(reason_path, &reason, NULL, NULL));
    assert_non_null(strstr(reason, "/archive/wanted/cur/23."));
    assert_non_null(strstr(home.damaged, name));
    filing_home_clear(&home);
}

/* Who may not read it does not know whether it is whole. A link is never followed. */
static void what_cannot_be_read_is_neither_whole_nor_damaged(void **state)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *sha = sha_of("mail");
    struct filing_home home = home_of(24, sha, "other");
    file_as("wanted", 24, sha, "mail");
    g_autofree char *path = filing_find(store, "wanted", 24, sha);
    assert_int_equal(g_unlink(path), 0);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_int_equal(filing_bring_home(&home, &error), FILING_FAILED);
    assert_non_null(strstr(error->message, path));
    assert_null(home.damaged);
}

static void a_mail_is_gone_only_where_its_folder_is_there(void **state)
{
    g_autofree char *sha = sha_of("mail");
    assert_false(filing_is_gone(store, "never", 25, sha));
    file_as("removed", 25, sha, "mail");
    assert_false(filing_is_gone(store, "removed", 25, sha));
    g_autofree char *path = filing_find(store, "removed", 25, sha);
    assert_int_equal(g_unlink(path), 0);
    assert_true(filing_is_gone(store, "removed", 25, sha));
}

static void folders_alone_are_no_mail(void **state)
{
    g_autofree char *empty = in(home, "empty"), *sha = sha_of("mail"), *from = in(spool, "m");
    assert_true(filing_prepare(empty, NULL));
    assert_false(filing_holds_mail(empty));
    put(from, "mail");
    assert_true(filing_file(empty, "other", 1, sha, from, false, NULL));
    assert_true(filing_holds_mail(empty));
    g_autofree char *path = filing_find(empty, "other", 1, sha);
    assert_int_equal(g_unlink(path), 0);
    assert_false(filing_holds_mail(empty));
}

static ino_t inode_of(const char *path)
{
    struct stat status;
    assert_int_equal(lstat(path, &status), 0);
    return status.st_ino;
}

static void bytes_that_were_not_synced_are_written_anew(void **state)
{
    g_autofree char *from = in(spool, "a.eml"),
                    *sha = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "mail\n", -1),
                    *name = filing_name(20, sha),
                    *to = g_strdup_printf("%s/archive/other/cur/%s:2,", store, name);
    g_autoptr(GError) error = NULL;
    put(from, "mail\n");
    ino_t first = inode_of(from);
    failing_syncs = 2; /* where it lies, and of the copy */
    assert_false(filing_file(store, "other", 20, sha, from, true, &error));
    assert_holds(from, "mail\n");
    assert_false(exists(to));
    assert_int_equal(failing_syncs, 0);
    assert_true(
        filing_file(store, "other", 20, sha, from, true, NULL)); /* now the disk says that all is well */
    assert_holds(to, "mail\n");
    assert_int_not_equal(inode_of(to), first);
    assert_false(exists(from));
    put(from, "mail\n");
    first = inode_of(from);
    g_remove(to);
    assert_true(filing_file(store, "other", 20, sha, from, true, NULL));
    assert_int_equal(inode_of(to), first); /* another file of that name is trusted */
}

static void bytes_that_changed_and_were_not_synced_stay(void **state)
{
    g_autofree char *from = in(spool, "b.eml");
    g_autoptr(GError) error = NULL;
    put(from, "other bytes\n");
    failing_syncs = 1;
    assert_false(filing_file(store, "other", 21, sha_of_mail, from, true, &error));
    assert_non_null(strstr(error->message, "cannot be read as it came"));
    assert_holds(from, "other bytes\n");
}

static void a_name_is_given_anew(void **state)
{
    g_autofree char *from = in(spool, "c.eml"),
                    *sha = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "c\n", -1),
                    *name = filing_name(22, sha),
                    *to = g_strdup_printf("%s/archive/other/cur/%s:2,", store, name),
                    *seen = g_strconcat(to, "S", NULL);
    put(from, "c\n");
    assert_true(filing_renew(store, "other", 22, sha, NULL)); /* none is there */
    assert_true(filing_file(store, "other", 22, sha, from, false, NULL));
    assert_true(filing_renew(store, "other", 22, sha, NULL));
    assert_holds(to, "c\n");
    assert_int_equal(g_rename(to, seen), 0);
    assert_true(filing_renew(store, "other", 22, sha, NULL));
    assert_holds(seen, "c\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_follow_from_the_ledger),
        cmocka_unit_test(prepare_makes_what_is_missing_and_may_be_repeated),
        cmocka_unit_test(prepare_says_what_is_wrong),
        cmocka_unit_test(a_mail_is_filed_and_found),
        cmocka_unit_test(a_mail_is_found_whatever_a_reader_did),
        cmocka_unit_test(a_symlink_in_the_archive_is_not_opened),
        cmocka_unit_test(a_move_that_was_cut_is_finished),
        cmocka_unit_test(another_name_of_the_filed_mail_goes_and_the_mail_stays),
        cmocka_unit_test(what_was_put_in_its_place_goes_back),
        cmocka_unit_test(other_bytes_under_the_name_are_never_overwritten),
        cmocka_unit_test(a_mail_that_is_nowhere_is_an_error),
        cmocka_unit_test(a_category_never_leaves_the_archive),
        cmocka_unit_test(what_cannot_be_decided_is_set_aside),
        cmocka_unit_test(a_mail_that_lies_in_its_place_stays),
        cmocka_unit_test(a_mail_is_brought_from_another_folder),
        cmocka_unit_test(a_mail_that_is_in_no_folder_is_nowhere),
        cmocka_unit_test(what_has_other_bytes_is_set_aside),
        cmocka_unit_test(what_cannot_be_read_is_neither_whole_nor_damaged),
        cmocka_unit_test(a_mail_is_gone_only_where_its_folder_is_there),
        cmocka_unit_test(folders_alone_are_no_mail),
        cmocka_unit_test(bytes_that_were_not_synced_are_written_anew),
        cmocka_unit_test(bytes_that_changed_and_were_not_synced_stay),
        cmocka_unit_test(a_name_is_given_anew),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
