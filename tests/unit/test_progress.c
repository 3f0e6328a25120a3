/* The shared page: both sides see it, and no side can take it from under the other. */
#include "base/error.h"
#include "wire/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* However long it takes by the clock on the wall: what has the processor for itself now and then is not at
 * fault. */
static void a_loaded_machine_fails_nobody(void **state)
{
    int descriptor = progress_create(NULL);
    struct progress *page = progress_map(descriptor, NULL);
    struct progress_watch watch = {0};
    uint32_t loading;
    int64_t now = 1000, used = 500;
    atomic_store(&page->loading, 3);
    assert_true(progress_goes_on(&watch, page, now, used, &loading));
    for (int look = 0; look < 40; look++) { /* 20 s, and a tenth of the processor */
        now += 500;
        used += 50;
        assert_true(progress_goes_on(&watch, page, now, used, &loading));
    }
    assert_true(progress_goes_on(&watch, page, now, -1, &loading)); /* it ended meanwhile */
    used += PROGRESS_FILE_LIMIT - 2000 - 1;
    assert_true(progress_goes_on(&watch, page, now, used, &loading));
    assert_false(progress_goes_on(&watch, page, now, used + 1, &loading));
    assert_int_equal(loading, 3);
    atomic_fetch_add(&page->heartbeat, 1); /* the next file */
    assert_true(progress_goes_on(&watch, page, now, used + 1, &loading));
    assert_true(progress_goes_on(&watch, page, now + PROGRESS_STILL - 1, used + 1, &loading));
    assert_false(
        progress_goes_on(&watch, page, now + PROGRESS_STILL, used + 1, &loading)); /* it does nothing */
    atomic_fetch_add(&page->heartbeat, 1);
    assert_false(progress_goes_on(&watch, page, now, 500 + PROGRESS_LOAD_LIMIT, &loading));
    assert_int_equal(loading, 0); /* no single file */
    progress_unmap(page);
    close(descriptor);
}

static void it_begins_idle_and_is_not_inherited(void **state)
{
    int descriptor = progress_create(NULL);
    assert_true(descriptor >= 0);
    assert_true(fcntl(descriptor, F_GETFD) & FD_CLOEXEC);
    struct progress *page = progress_map(descriptor, NULL);
    assert_non_null(page);
    assert_int_equal(atomic_load(&page->sequence), 0);
    assert_int_equal(atomic_load(&page->rule), 0);
    assert_int_equal(atomic_load(&page->loading), 0);
    assert_int_equal(atomic_load(&page->heartbeat), 0);
    progress_unmap(page);
    progress_unmap(NULL);
    close(descriptor);
}

static void what_a_child_writes_is_seen(void **state)
{
    int descriptor = progress_create(NULL);
    struct progress *page = progress_map(descriptor, NULL);
    pid_t child = fork();
    if (child == 0) {
        struct progress *own = progress_map(descriptor, NULL);
        if (own == NULL)
            _exit(1);
        atomic_store(&own->sequence, UINT64_MAX);
        atomic_store(&own->rule, UINT32_MAX);
        atomic_fetch_add(&own->heartbeat, 3);
        _exit(0);
    }
    int status;
    waitpid(child, &status, 0);
    assert_int_equal(status, 0);
    assert_true(atomic_load(&page->sequence) == UINT64_MAX);
    assert_true(atomic_load(&page->rule) == UINT32_MAX);
    assert_int_equal(atomic_load(&page->heartbeat), 3);
    assert_int_equal(atomic_load(&page->loading), 0);
    progress_unmap(page);
    close(descriptor);
}

static void effects_are_known_until_they_are_forgotten(void **state)
{
    static struct progress page;
    for (uint64_t act = 1; act <= PROGRESS_HANDS + 1; act++)
        progress_note_effect(&page, act);
    progress_note_effect(&page, 7); /* twice is once */
    assert_true(progress_has_effect(&page, 1));
    assert_true(progress_has_effect(&page, PROGRESS_HANDS));
    assert_false(progress_has_effect(&page, PROGRESS_HANDS + 1));
    progress_forget(&page, 7);
    progress_forget(&page, 7);
    assert_false(progress_has_effect(&page, 7));
    progress_note_effect(&page, UINT64_MAX);
    assert_true(progress_has_effect(&page, UINT64_MAX));
}

/* What is said of their end may not have come yet: the first that ended gives way first, and only where it
 * must. */
static void effects_are_known_beyond_their_end(void **state)
{
    static struct progress page;
    for (uint64_t act = 1; act <= PROGRESS_HANDS; act++)
        progress_note_effect(&page, act);
    progress_end_effect(&page, 9);
    progress_end_effect(&page, 5);
    progress_end_effect(&page, 1000); /* it had none */
    assert_true(progress_has_effect(&page, 9));
    assert_true(progress_has_effect(&page, 5));
    progress_note_effect(&page, 100);
    assert_false(progress_has_effect(&page, 9));
    assert_true(progress_has_effect(&page, 5));
    assert_true(progress_has_effect(&page, 100));
    progress_note_effect(&page, 101);
    assert_false(progress_has_effect(&page, 5));
    progress_note_effect(&page, 102);
    assert_false(progress_has_effect(&page, 102));
}

/* A rule that is quick itself, and runs when the time is up, is not to blame for a slow one before it. */
static void the_one_that_took_the_time_is_to_blame(void **state)
{
    static struct progress page;
    progress_begin(&page, 1, 1000);
    assert_int_equal(progress_blame(&page, 9000), 0); /* reading the mail itself */
    progress_enter(&page, 7, 0, 2000);
    assert_int_equal(progress_blame(&page, 2500), 0);
    assert_int_equal(progress_blame(&page, 3001), 7);
    progress_enter(&page, 8, 0, 6000); /* 7 took 4000 */
    assert_int_equal(progress_blame(&page, 7000), 7);
    assert_int_equal(progress_blame(&page, 10001), 8);
    progress_enter(&page, 0, 1000, 7000);
    assert_int_equal(progress_spent(&page, 7500), 1500);
    assert_int_equal(progress_blame(&page, 9000), 7);
    progress_enter(&page, 8, 1000, 9000); /* again: what it took before counts */
    assert_int_equal(progress_blame(&page, 12001), 8);
    assert_int_equal(progress_spent(&page, 0), 1000); /* a clock that is wrong */
    progress_begin(&page, 2, 20000);
    progress_enter(&page, 9, 0, 20001);
    assert_int_equal(progress_blame(&page, 20003), 9);
}

/* Reading a mapped page that was cut off its file is SIGBUS: the keeper would end. */
static void a_child_cannot_cut_it_short(void **state)
{
    int descriptor = progress_create(NULL);
    struct progress *page = progress_map(descriptor, NULL);
    static const off_t sizes[] = {0, 1, 1 << 30};
    for (size_t i = 0; i < G_N_ELEMENTS(sizes); i++)
        assert_int_equal(ftruncate(descriptor, sizes[i]), -1);
    assert_int_equal(fcntl(descriptor, F_ADD_SEALS, F_SEAL_FUTURE_WRITE), -1);
    atomic_store(&page->heartbeat, 1);
    progress_unmap(page);
    close(descriptor);
}

static void what_is_no_page_is_an_error(void **state)
{
    int small = memfd_create("small", MFD_CLOEXEC), pair[2];
    assert_int_equal(ftruncate(small, sizeof(struct progress) - 1), 0);
    assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
    const int cases[] = {small, pair[0], -1};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GError) error = NULL;
        errno = 0;
        assert_null(progress_map(cases[i], &error));
        assert_true(g_error_matches(error, AWSIFT_ERROR, AWSIFT_ERROR_IO));
        assert_null(strstr(error->message, g_strerror(0)));
    }
    close(small);
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_begins_idle_and_is_not_inherited),
        cmocka_unit_test(a_loaded_machine_fails_nobody),
        cmocka_unit_test(what_a_child_writes_is_seen),
        cmocka_unit_test(effects_are_known_until_they_are_forgotten),
        cmocka_unit_test(effects_are_known_beyond_their_end),
        cmocka_unit_test(the_one_that_took_the_time_is_to_blame),
        cmocka_unit_test(a_child_cannot_cut_it_short),
        cmocka_unit_test(what_is_no_page_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
