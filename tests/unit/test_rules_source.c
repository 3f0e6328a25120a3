/* A snapshot is of one moment: files that are written while they are read are read again. */
#include "base/json.h"
#include "keeper/rules_source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

static char *folder;
static struct config_rules rules;
static struct config known;
static int writes, written;

static void put(const char *name, int number)
{
    g_autofree char *path = g_build_filename(folder, name, NULL), *text = g_strdup_printf("-- %d\n", number);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

/* All files have been read when the snapshot is made of them; here somebody saves once more before that. */
int memfd_create(const char *name, unsigned flags)
{
    if (writes > 0) {
        writes--;
        put("a.lua", ++written);
    }
    return (int)syscall(SYS_memfd_create, name, flags);
}

static char *lock; /* of a git that is done, and saves once more, while it is waited for */

void g_usleep(gulong time)
{
    if (lock == NULL)
        return;
    put("b.lua", ++written);
    assert_int_equal(g_unlink(lock), 0);
    g_clear_pointer(&lock, g_free);
}

static int set_up(void **state)
{
    folder = g_dir_make_tmp("awsift-source-XXXXXX", NULL);
    rules.path = folder;
    known.rules = g_ptr_array_new();
    g_ptr_array_add(known.rules, &rules);
    writes = written = 0;
    put("a.lua", 0);
    return 0;
}

static int tear_down(void **state)
{
    char *arguments[] = {"rm", "-rf", folder, NULL};
    g_spawn_sync(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_ptr_array_unref(known.rules);
    g_free(folder);
    return 0;
}

static void what_is_written_meanwhile_is_read_again(void **state)
{
    struct rules_taken taken;
    struct rules_look look;
    writes = 3;
    rules_take(&known, &taken);
    assert_int_equal(written, 3);
    assert_non_null(taken.snapshot);
    assert_memory_equal(snapshot_find(taken.snapshot, "rules/0/a.lua").bytes, "-- 3\n", 5);
    rules_look_at(&known, &look);
    assert_true(look.fingerprint == taken.look.fingerprint);
    assert_int_equal(json_array_size(taken.errors), 0);
    json_decref(taken.errors);
    snapshot_free(taken.snapshot);
}

static void half_a_checkout_is_not_read(void **state)
{
    struct rules_taken taken;
    g_autofree char *repository = g_build_filename(folder, ".git", NULL);
    assert_int_equal(g_mkdir(repository, 0700), 0);
    lock = g_build_filename(repository, "index.lock", NULL);
    assert_true(g_file_set_contents(lock, "", -1, NULL));
    rules_take(&known, &taken);
    assert_int_equal(written, 1);
    assert_non_null(snapshot_find(taken.snapshot, "rules/0/b.lua").bytes);
    json_decref(taken.errors);
    snapshot_free(taken.snapshot);
}

static void what_never_holds_still_is_for_later(void **state)
{
    struct rules_taken taken;
    writes = 1000;
    rules_take(&known, &taken);
    assert_null(taken.snapshot);
    assert_int_equal(json_array_size(taken.errors), 1);
    assert_true(json_flag(json_array_get(taken.errors, 0), "again"));
    json_decref(taken.errors);
}

static void all_that_cannot_be_read_is_named(void **state)
{
    struct rules_taken taken;
    for (int i = 0; i < 2; i++) {
        g_autofree char *path = g_strdup_printf("%s/%d.lua", folder, i);
        assert_int_equal(symlink("/etc/passwd", path), 0);
    }
    rules_take(&known, &taken);
    assert_null(taken.snapshot);
    assert_int_equal(json_array_size(taken.errors), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(g_str_has_prefix(json_text(json_array_get(taken.errors, i), "file"), folder));
        assert_false(json_flag(json_array_get(taken.errors, i), "again"));
    }
    json_decref(taken.errors);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(what_is_written_meanwhile_is_read_again),
        CASE(half_a_checkout_is_not_read),
        CASE(what_never_holds_still_is_for_later),
        CASE(all_that_cannot_be_read_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
