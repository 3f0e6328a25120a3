/* The spool on a real folder and a real loop: what is offered, when, and how often. */
#include "keeper/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <glib/gstdio.h>

enum { SETTLE = 600, SOON = 150, LONG = 5000 };

static struct fixture {
    char *home, *folder; /* folder: where the files are */
    struct config_spool config;
    uv_loop_t loop;
    struct spool *spool;
    GPtrArray *offered; /* names */
    GPtrArray *kept;    /* entries in hand */
    bool keep;          /* do not release what is offered */
    guint enough;
    bool time_is_up;
} now;

static void on_stirred(struct spool *spool, void *data)
{
    struct spool_entry *entry;
    while (spool_next(spool, &entry)) {
        assert_true(fcntl(entry->descriptor, F_GETFD) & FD_CLOEXEC);
        assert_true(S_ISREG(entry->status.st_mode));
        g_ptr_array_add(now.offered, g_strdup(entry->name));
        if (now.keep) {
            g_ptr_array_add(now.kept, entry);
            continue;
        }
        g_autofree char *path = g_build_filename(now.folder, entry->name, NULL);
        g_unlink(path);
        spool_release(spool, entry, SPOOL_GONE, 0);
    }
    if (now.offered->len >= now.enough)
        uv_stop(&now.loop);
}

static void on_time(uv_timer_t *timer)
{
    now.time_is_up = true;
    uv_stop(timer->loop);
}

/* Runs the loop until `enough` names were offered in all, or for `most` ms. */
static guint run(guint enough, uint64_t most)
{
    uv_timer_t timer;
    now.enough = enough;
    now.time_is_up = false;
    uv_timer_init(&now.loop, &timer);
    uv_update_time(&now.loop);
    uv_timer_start(&timer, on_time, most, 0);
    while (!now.time_is_up && now.offered->len < enough)
        uv_run(&now.loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&now.loop, UV_RUN_NOWAIT);
    return now.offered->len;
}

static void open_spool(enum spool_kind kind)
{
    now.config = (struct config_spool){.name = "in", .kind = kind, .settle = SETTLE};
    now.config.path = g_build_filename(now.home, "spool", NULL);
    now.folder = g_build_filename(now.config.path, kind == SPOOL_MAILDIR ? "new" : NULL, NULL);
    if (kind == SPOOL_DIRECTORY)
        g_mkdir(now.folder, 0700);
    g_autoptr(GError) error = NULL;
    now.spool = spool_open(&now.loop, &now.config, on_stirred, NULL, &error);
    if (error != NULL)
        fail_msg("%s", error->message);
}

static char *in_folder(const char *name)
{
    return g_build_filename(now.folder, name, NULL);
}

/* Appears at once and whole, as a delivery does. */
static void deliver(const char *name)
{
    g_autofree char *temporary = g_build_filename(now.home, "temporary", NULL);
    g_autofree char *path = in_folder(name);
    assert_true(g_file_set_contents(temporary, "mail", 4, NULL));
    assert_int_equal(g_rename(temporary, path), 0);
}

static int start_writing(const char *name, const char *bytes)
{
    g_autofree char *path = in_folder(name);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, bytes, strlen(bytes)), strlen(bytes));
    return descriptor;
}

static bool was_offered(const char *name)
{
    return g_ptr_array_find_with_equal_func(now.offered, name, g_str_equal, NULL);
}

static struct spool_entry *give_kept(void)
{
    assert_true(now.kept->len > 0);
    return g_ptr_array_remove_index(now.kept, 0);
}

static char *trouble(void)
{
    json_t *status = spool_status(now.spool);
    char *text = g_strdup(json_string_value(json_object_get(status, "trouble")));
    json_decref(status);
    return text;
}

static size_t reported(void)
{
    json_t *status = spool_status(now.spool);
    size_t count = json_array_size(json_object_get(status, "reported"));
    json_decref(status);
    return count;
}

static void assert_reported(const char *text)
{
    json_t *status = spool_status(now.spool), *entry;
    size_t index;
    bool found = false;
    json_array_foreach(json_object_get(status, "reported"), index, entry)
        found = found || strcmp(json_string_value(entry), text) == 0;
    json_decref(status);
    assert_true(found);
}

static int set_up(void **state)
{
    now = (struct fixture){.home = g_dir_make_tmp("awsift-spool-XXXXXX", NULL)};
    now.offered = g_ptr_array_new_with_free_func(g_free);
    now.kept = g_ptr_array_new();
    g_setenv("AWSIFT_RESCAN", "60000", TRUE);
    return uv_loop_init(&now.loop);
}

static int tear_down(void **state)
{
    spool_close(now.spool);
    uv_run(&now.loop, UV_RUN_DEFAULT);
    int still_open = uv_loop_close(&now.loop);
    for (guint i = 0; i < now.kept->len; i++)
        spool_entry_free(now.kept->pdata[i]);
    char *arguments[] = {"rm", "-rf", now.home, NULL};
    g_spawn_sync(NULL, arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
    g_ptr_array_unref(now.offered);
    g_ptr_array_unref(now.kept);
    g_free(now.config.path);
    g_free(now.folder);
    g_free(now.home);
    return still_open;
}

/* ---- Maildir ---- */

static void a_maildir_is_made_and_its_mail_offered_once(void **state)
{
    open_spool(SPOOL_MAILDIR);
    deliver("between-watch-and-walk");
    deliver(".hidden");
    assert_int_equal(run(1, LONG), 1);
    deliver("later");
    assert_int_equal(run(2, LONG), 2);
    assert_int_equal(run(3, SOON), 2);
    assert_true(was_offered("between-watch-and-walk") && was_offered("later"));
    assert_true(spool_drained(now.spool));
}

static void what_is_there_at_the_start_is_offered(void **state)
{
    open_spool(SPOOL_MAILDIR);
    run(1, 20);
    spool_close(g_steal_pointer(&now.spool));
    g_free(now.config.path);
    g_free(now.folder);
    now.folder = g_build_filename(now.home, "spool", "new", NULL);
    deliver("a");
    deliver("b");
    g_free(now.folder);
    open_spool(SPOOL_MAILDIR);
    assert_false(spool_drained(now.spool));
    assert_int_equal(run(2, LONG), 2);
}

static void what_is_in_hand_is_not_offered_twice(void **state)
{
    open_spool(SPOOL_MAILDIR);
    now.keep = true;
    deliver("a");
    assert_int_equal(run(1, LONG), 1);
    spool_rescan(now.spool);
    deliver("a"); /* replaced while in hand */
    assert_int_equal(run(2, SOON), 1);
    assert_false(spool_drained(now.spool));
    struct spool_entry *entry = give_kept();
    assert_false(spool_entry_unchanged(entry));
    spool_release(now.spool, entry, SPOOL_GONE, 0);
    assert_int_equal(run(2, LONG), 2); /* the new one is not forgotten */
}

static void what_is_handed_back_comes_after_its_delay(void **state)
{
    open_spool(SPOOL_MAILDIR);
    now.keep = true;
    deliver("a");
    run(1, LONG);
    struct spool_entry *entry = give_kept();
    assert_true(spool_entry_unchanged(entry));
    spool_release(now.spool, entry, SPOOL_AGAIN, 400);
    spool_rescan(now.spool);
    assert_int_equal(run(2, 200), 1);
    assert_false(spool_drained(now.spool));
    assert_int_equal(run(2, LONG), 2);
    spool_release(now.spool, give_kept(), SPOOL_AGAIN, 0);
    assert_int_equal(run(3, LONG), 3);
}

static void what_another_reader_takes_is_forgotten(void **state)
{
    open_spool(SPOOL_MAILDIR);
    now.keep = true;
    deliver("a");
    run(1, LONG);
    g_autofree char *path = in_folder("a");
    g_unlink(path);
    struct spool_entry *entry = give_kept();
    assert_false(spool_entry_unchanged(entry));
    spool_release(now.spool, entry, SPOOL_AGAIN, 0);
    assert_int_equal(run(2, SOON), 1);
    assert_true(spool_drained(now.spool));
}

static void names_are_bytes_and_shown_escaped(void **state)
{
    char longest[NAME_MAX + 1];
    memset(longest, 'x', NAME_MAX);
    longest[NAME_MAX] = '\0';
    const struct {
        const char *name, *path;
    } cases[] = {
        {"new\nline", "new/new\\x0aline"},
        {"\xff\xfe", "new/\\xff\\xfe"},
        {"日本語", "new/日本語"},
        {"1.2:2,FS", "new/1.2:2,FS"},
        {"back\\slash", "new/back\\x5cslash"},
        {"\x1b[31m", "new/\\x1b[31m"},
        {longest, NULL},
    };
    open_spool(SPOOL_MAILDIR);
    now.keep = true;
    for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
        deliver(cases[i].name);
        assert_int_equal(run(i + 1, LONG), i + 1);
        const struct spool_entry *entry = now.kept->pdata[i];
        assert_string_equal(entry->name, cases[i].name);
        if (cases[i].path != NULL)
            assert_string_equal(entry->path, cases[i].path);
    }
}

static void only_regular_files_are_opened(void **state)
{
    open_spool(SPOOL_MAILDIR);
    g_autofree char *link = in_folder("link"), *fifo = in_folder("fifo"), *folder = in_folder("folder");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s/socket", now.folder);
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    g_mkdir(folder, 0700);
    deliver("mail");
    assert_int_equal(run(2, SOON), 1);
    assert_int_equal(reported(), 4);
    spool_rescan(now.spool);
    run(2, SOON);
    assert_int_equal(reported(), 4);
    g_unlink(link);
    spool_rescan(now.spool);
    run(2, SOON);
    spool_rescan(now.spool);
    run(2, SOON);
    assert_int_equal(reported(), 3);
    close(listener);
}

/* No mail is larger than 1 GiB, and a sparse file costs nobody anything to make. */
static void an_empty_mail_and_a_large_one_are_offered(void **state)
{
    const char *const names[] = {"large", "larger"};
    open_spool(SPOOL_MAILDIR);
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = in_folder(names[i]);
        close(start_writing(names[i], ""));
        assert_int_equal(truncate(path, ((off_t)1 << 30) + (off_t)i), 0);
    }
    close(start_writing("empty", ""));
    assert_int_equal(run(3, SOON * 4), 2);
    assert_reported("larger: it is larger than 1 GiB, and no mail is");
}

/* ---- hard links ---- */

/* In a folder that others may write, a name may be of a file that whoever made it cannot read. */
static void a_file_with_further_names_is_taken_once_they_are_gone(void **state)
{
    open_spool(SPOOL_MAILDIR);
    g_autofree char *path = in_folder("linked"), *other = g_build_filename(now.home, "other", NULL);
    assert_int_equal(chmod(now.folder, 0770), 0);
    close(start_writing("linked", "mail"));
    assert_int_equal(link(path, other), 0);
    assert_int_equal(run(1, 2500), 0);
    assert_reported("linked: it has further names (hard links), and may be another's file");
    assert_int_equal(g_unlink(other), 0);
    spool_rescan(now.spool);
    assert_int_equal(run(1, LONG), 1);
}

static void the_folder_owners_own_file_may_have_further_names(void **state)
{
    open_spool(SPOOL_MAILDIR);
    g_autofree char *path = in_folder("linked"), *other = in_folder("other");
    assert_int_equal(chmod(now.folder, 0755), 0);
    close(start_writing("linked", "mail"));
    assert_int_equal(link(path, other), 0);
    assert_int_equal(run(2, LONG), 2);
}

/* ---- what changes ---- */

static void a_file_that_changes_all_the_time_is_tried_less_often_and_reported(void **state)
{
    open_spool(SPOOL_MAILDIR);
    now.keep = true;
    deliver("a");
    int64_t start = g_get_monotonic_time();
    for (guint times = 1; times <= 4; times++) {
        assert_int_equal(run(times, LONG), times);
        deliver("a");
        spool_release(now.spool, give_kept(), SPOOL_AGAIN, 0);
    }
    assert_true(g_get_monotonic_time() - start >= (500 + 1000 + 2000) * 1000);
    assert_reported("a: it changes all the time");
    now.keep = false;
    assert_int_equal(run(5, 2 * LONG), 5); /* at rest, it is taken, and no longer reported */
    assert_int_equal(reported(), 0);
}

/* ---- what a mail reader did ---- */

static bool is_in(const char *sub, const char *name)
{
    g_autofree char *path = g_build_filename(now.config.path, sub, name, NULL);
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static void mail_that_was_moved_to_cur_is_put_back(void **state)
{
    open_spool(SPOOL_MAILDIR);
    g_autofree char *before = g_build_filename(now.config.path, "cur", "before:2,S", NULL),
                    *after = g_build_filename(now.config.path, "cur", "after:2,FS", NULL);
    const struct timespec times[2] = {{.tv_sec = 1000000000}, {.tv_sec = 1000000000}};
    assert_true(g_file_set_contents(before, "old", -1, NULL) && g_file_set_contents(after, "new", -1, NULL));
    assert_int_equal(utimensat(AT_FDCWD, before, times, 0), 0);
    assert_int_equal(run(1, SOON), 0); /* nobody said since when it is a spool */
    spool_watched_since(now.spool, 1000000001000);
    assert_int_equal(run(2, LONG / 5), 1);
    assert_string_equal(now.offered->pdata[0], "after");
    assert_true(is_in("cur", "before:2,S") && !is_in("cur", "after:2,FS"));
}

/* ---- drop directory ---- */

static void a_file_is_taken_when_closed_or_renamed_in(void **state)
{
    open_spool(SPOOL_DIRECTORY);
    run(1, 20);
    int writer = start_writing("a", "half");
    assert_int_equal(run(1, SOON), 0);
    close(writer);
    assert_int_equal(run(1, SETTLE / 2), 1);
    deliver("b");
    assert_int_equal(run(2, SETTLE / 2), 2);
}

static void a_file_is_left_until_its_writer_closes_it(void **state)
{
    open_spool(SPOOL_DIRECTORY);
    int writer = start_writing("a", "first");
    for (int i = 0; i < 4; i++) {
        assert_int_equal(run(1, SETTLE / 2), 0);
        assert_int_equal(write(writer, "more", 4), 4);
        spool_rescan(now.spool);
    }
    assert_int_equal(run(1, 3 * SETTLE), 0); /* a writer may pause for longer than files settle */
    assert_true(spool_drained(now.spool));   /* `run --once` does not wait for a program that may never end */
    assert_int_equal(reported(), 1);
    close(writer);
    assert_int_equal(run(1, SETTLE / 2), 1);
}

static void a_mail_that_is_being_copied_in_is_left_until_it_is_closed(void **state)
{
    open_spool(SPOOL_MAILDIR);
    run(1, 20);
    int writer = start_writing("a", "half");
    spool_rescan(now.spool);
    assert_int_equal(run(1, SOON), 0);
    close(writer);
    assert_int_equal(run(1, SETTLE / 2), 1);
    assert_int_equal(reported(), 0); /* nothing is left lying any more */
}

/* As the Maildir's own page has it: link into new/, then unlink from tmp/. */
static void a_mail_that_is_linked_in_is_taken_at_once(void **state)
{
    open_spool(SPOOL_MAILDIR);
    run(1, 20);
    g_autofree char *temporary = g_build_filename(now.home, "temporary", NULL), *path = in_folder("a");
    assert_true(g_file_set_contents(temporary, "mail", 4, NULL));
    assert_int_equal(link(temporary, path), 0);
    assert_int_equal(g_unlink(temporary), 0);
    assert_int_equal(run(1, LONG / 2), 1);
}

static void a_file_from_before_the_start_settles(void **state)
{
    g_autofree char *folder = g_build_filename(now.home, "spool", NULL);
    g_autofree char *path = g_build_filename(folder, "a", NULL);
    g_mkdir(folder, 0700);
    g_file_set_contents(path, "mail", 4, NULL);
    open_spool(SPOOL_DIRECTORY);
    assert_int_equal(run(1, SETTLE / 2), 0);
    assert_int_equal(run(1, LONG), 1);
}

static void a_time_in_the_future_delays_nothing(void **state)
{
    g_autofree char *folder = g_build_filename(now.home, "spool", NULL);
    g_autofree char *path = g_build_filename(folder, "a", NULL);
    const struct timespec future[2] = {{.tv_sec = 4000000000}, {.tv_sec = 4000000000}};
    g_mkdir(folder, 0700);
    g_file_set_contents(path, "mail", 4, NULL);
    assert_int_equal(utimensat(AT_FDCWD, path, future, 0), 0);
    open_spool(SPOOL_DIRECTORY);
    assert_int_equal(run(1, SETTLE * 3), 1);
}

static void an_empty_file_must_settle(void **state)
{
    open_spool(SPOOL_DIRECTORY);
    run(1, 20);
    close(start_writing("a", ""));
    close(start_writing("a", ""));
    assert_int_equal(run(1, SETTLE / 2), 0);
    close(start_writing("a", "mail"));
    assert_int_equal(run(1, SETTLE / 2), 1);
}

static void temporary_names_are_ignored(void **state)
{
    open_spool(SPOOL_DIRECTORY);
    deliver(".a");
    deliver("a.tmp");
    deliver("a.part");
    assert_int_equal(run(1, SETTLE + SOON), 0);
    assert_int_equal(reported(), 0);
    assert_true(spool_drained(now.spool));
}

static void a_file_that_grew_in_hand_is_left_until_it_is_closed(void **state)
{
    open_spool(SPOOL_DIRECTORY);
    run(1, 20);
    now.keep = true;
    close(start_writing("a", "mail"));
    assert_int_equal(run(1, LONG), 1);
    int writer = start_writing("a", "longer");
    struct spool_entry *entry = give_kept();
    assert_false(spool_entry_unchanged(entry));
    spool_release(now.spool, entry, SPOOL_AGAIN, 0);
    assert_int_equal(run(2, 2 * SETTLE), 1);
    close(writer);
    assert_int_equal(run(2, SETTLE / 2), 2);
}

/* ---- faults ---- */

static void remove_folder(const char *path)
{
    assert_int_equal(g_rmdir(path), 0);
}

static void a_folder_that_comes_back_is_watched_again(void **state)
{
    open_spool(SPOOL_DIRECTORY);
    run(1, 20);
    remove_folder(now.folder);
    run(1, SOON);
    g_autofree char *text = trouble();
    assert_non_null(text);
    assert_false(spool_drained(now.spool));
    g_mkdir(now.folder, 0700);
    deliver("a");
    assert_int_equal(run(1, LONG), 1);
    assert_null(trouble());
    deliver("b");
    assert_int_equal(run(2, SETTLE / 2), 2);
}

static void a_folder_replaced_without_a_word_is_noticed(void **state)
{
    g_setenv("AWSIFT_RESCAN", "100", TRUE);
    open_spool(SPOOL_MAILDIR);
    run(1, 20);
    g_autofree char *elsewhere = g_build_filename(now.home, "elsewhere", NULL);
    assert_int_equal(g_rename(now.config.path, elsewhere), 0);
    g_autofree char *temporary = g_build_filename(now.config.path, "new", NULL);
    assert_int_equal(g_mkdir_with_parents(temporary, 0700), 0);
    deliver("a");
    assert_int_equal(run(1, LONG), 1);
}

static void a_lost_event_costs_no_mail(void **state)
{
    enum { FILES = 20000 }; /* the kernel's queue holds 16384 events */
    open_spool(SPOOL_MAILDIR);
    run(1, 20);
    int folder = open(now.folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "m%d", i);
        int descriptor = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        assert_true(descriptor >= 0);
        close(descriptor);
    }
    close(folder);
    assert_int_equal(run(FILES, 30000), FILES);
    assert_int_equal(run(FILES + 1, SOON), FILES);
}

static void without_descriptors_everything_waits(void **state)
{
    struct rlimit before, none;
    open_spool(SPOOL_MAILDIR);
    run(1, 20);
    deliver("a");
    deliver("b");
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    none = before;
    none.rlim_cur = 0;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    guint offered = run(1, SOON);
    g_autofree char *text = trouble();
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(offered, 0);
    assert_non_null(text);
    assert_int_equal(run(2, LONG), 2);
    assert_null(trouble());
}

/* As a disk that is mounted late. */
static void a_missing_folder_is_taken_when_it_appears(void **state)
{
    g_autoptr(GError) error = NULL;
    g_setenv("AWSIFT_RESCAN", "100", TRUE);
    now.config = (struct config_spool){.name = "in", .kind = SPOOL_DIRECTORY, .settle = SETTLE};
    now.config.path = g_build_filename(now.home, "missing", NULL);
    now.folder = g_strdup(now.config.path);
    now.spool = spool_open(&now.loop, &now.config, on_stirred, NULL, &error);
    assert_non_null(now.spool);
    assert_null(error);
    assert_non_null(strstr(spool_closed(now.spool), now.config.path));
    assert_int_equal(run(1, SOON), 0);
    g_mkdir(now.folder, 0700);
    deliver("a");
    assert_int_equal(run(1, LONG), 1);
    assert_null(spool_closed(now.spool));
    assert_null(trouble());
}

/* ---- as a user of its own, so that limits and modes bind us and hurt nobody else ---- */

static void without_watches_the_folder_is_scanned(void)
{
    int taken = 0;
    while (inotify_init1(IN_CLOEXEC) >= 0)
        taken++;
    assert_true(taken > 0);
    open_spool(SPOOL_MAILDIR);
    run(1, SOON);
    g_autofree char *text = trouble();
    assert_non_null(strstr(text, "max_user_instances"));
    deliver("a");
    assert_int_equal(run(1, LONG), 1);
}

static void a_mail_that_may_not_be_read_is_reported(void)
{
    g_setenv("AWSIFT_RESCAN", "100", TRUE);
    open_spool(SPOOL_MAILDIR);
    deliver("a");
    g_autofree char *path = in_folder("a");
    g_chmod(path, 0);
    deliver("b");
    assert_int_equal(run(2, SOON), 1);
    assert_int_equal(reported(), 1);
    g_chmod(path, 0600);
    assert_int_equal(run(2, LONG), 2);
}

static void a_folder_that_may_not_be_read_is_told(void)
{
    g_autoptr(GError) error = NULL;
    g_setenv("AWSIFT_RESCAN", "100", TRUE);
    now.config = (struct config_spool){.name = "in", .kind = SPOOL_DIRECTORY, .settle = SETTLE};
    now.config.path = g_build_filename(now.home, "closed", NULL);
    now.folder = g_strdup(now.config.path);
    g_mkdir(now.config.path, 0);
    now.spool = spool_open(&now.loop, &now.config, on_stirred, NULL, &error);
    assert_non_null(spool_closed(now.spool));
    g_chmod(now.config.path, 0700);
    deliver("a");
    assert_int_equal(run(1, LONG), 1);
}

static void run_as_somebody(void (*test)(void))
{
    const uid_t somebody = 61000 + (uid_t)getpid() % 4000; /* nobody else's limits */
    if (geteuid() == 0)
        assert_int_equal(chown(now.home, somebody, somebody), 0);
    pid_t child = fork();
    if (child == 0) {
        uv_loop_fork(&now.loop);
        if (geteuid() == 0 && (setgid(somebody) != 0 || setuid(somebody) != 0))
            _exit(2);
        test();
        _exit(0);
    }
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void as_somebody(void **state)
{
    run_as_somebody(*(void (**)(void)) * state);
}

static void (*const watches)(void) = without_watches_the_folder_is_scanned;
static void (*const unreadable)(void) = a_mail_that_may_not_be_read_is_reported;
static void (*const closed)(void) = a_folder_that_may_not_be_read_is_told;

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define TEST_AS_SOMEBODY(name, function)                                                                     \
    {                                                                                                        \
        name, as_somebody, set_up, tear_down, (void *)&function                                              \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_maildir_is_made_and_its_mail_offered_once),
        TEST(what_is_there_at_the_start_is_offered),
        TEST(what_is_in_hand_is_not_offered_twice),
        TEST(what_is_handed_back_comes_after_its_delay),
        TEST(what_another_reader_takes_is_forgotten),
        TEST(names_are_bytes_and_shown_escaped),
        TEST(only_regular_files_are_opened),
        TEST(an_empty_mail_and_a_large_one_are_offered),
        TEST(a_file_with_further_names_is_taken_once_they_are_gone),
        TEST(the_folder_owners_own_file_may_have_further_names),
        TEST(a_file_that_changes_all_the_time_is_tried_less_often_and_reported),
        TEST(mail_that_was_moved_to_cur_is_put_back),
        TEST(a_file_is_taken_when_closed_or_renamed_in),
        TEST(a_file_is_left_until_its_writer_closes_it),
        TEST(a_mail_that_is_being_copied_in_is_left_until_it_is_closed),
        TEST(a_mail_that_is_linked_in_is_taken_at_once),
        TEST(a_file_from_before_the_start_settles),
        TEST(a_time_in_the_future_delays_nothing),
        TEST(an_empty_file_must_settle),
        TEST(temporary_names_are_ignored),
        TEST(a_file_that_grew_in_hand_is_left_until_it_is_closed),
        TEST(a_folder_that_comes_back_is_watched_again),
        TEST(a_folder_replaced_without_a_word_is_noticed),
        TEST(a_lost_event_costs_no_mail),
        TEST(without_descriptors_everything_waits),
        TEST(a_missing_folder_is_taken_when_it_appears),
        TEST_AS_SOMEBODY("without_watches_the_folder_is_scanned", watches),
        TEST_AS_SOMEBODY("a_mail_that_may_not_be_read_is_reported", unreadable),
        TEST_AS_SOMEBODY("a_folder_that_may_not_be_read_is_told", closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
