/* What servers' replies and programs' exit statuses mean, and that a slow resolver keeps nobody waiting. How
 * mails go is tested end to end, against servers that do as they are told. */
#include "actor/sendmail.h"
#include "actor/smtp.h"

#include <glib.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sysexits.h>

#include <cmocka.h>

static void replies_decide(void **state)
{
    static const struct {
        int code;
        bool of_mail;
        const char *text;
        enum outcome outcome;
        bool down, large;
    } table[] = {
        {250, true, "250 2.0.0 Ok: queued", OUTCOME_DONE, false, false},
        {251, true, "251 User not local; will forward", OUTCOME_DONE, false, false},
        {421, true, "421 4.3.2 shutting down", OUTCOME_RETRY, true, false},
        {450, true, "450 4.2.0 greylisted", OUTCOME_RETRY, false, false},
        {452, true, "452 4.3.1 no room", OUTCOME_RETRY, false, false},
        {550, true, "550 5.1.1 User unknown", OUTCOME_DEAD, false, false},
        {554, true, "554 5.7.1 no", OUTCOME_DEAD, false, false},
        {554, false, "554 5.3.2 no service", OUTCOME_RETRY, true, false},
        {530, true, "530 5.7.0 Must issue a STARTTLS command first", OUTCOME_RETRY, true, false},
        {534, true, "534 5.7.9 too weak", OUTCOME_RETRY, true, false},
        {535, true, "535 5.7.8 wrong password", OUTCOME_RETRY, true, false},
        {538, true, "538 5.7.11 encryption required", OUTCOME_RETRY, true, false},
        {552, true, "552 5.3.4 too big", OUTCOME_DEAD, false, true},
        {552, true, "552 too big", OUTCOME_DEAD, false, true},
        {552, true, "552 5.2.2 mailbox full", OUTCOME_DEAD, false, false},
        {523, true, "523 5.3.4 too big", OUTCOME_DEAD, false, true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++) {
        struct posted posted = {0};
        smtp_judge(table[i].code, table[i].of_mail, table[i].text, &posted);
        if (posted.outcome != table[i].outcome || posted.down != table[i].down ||
            posted.large != table[i].large)
            fail_msg("%s: outcome %d, down %d, large %d", table[i].text, (int)posted.outcome, posted.down,
                     posted.large);
        assert_string_equal(posted.words, table[i].text);
    }
}

static void exit_statuses_decide(void **state)
{
    static const struct {
        int status;
        enum outcome outcome;
    } table[] = {{EX_OK, OUTCOME_DONE},        {EX_USAGE, OUTCOME_RETRY}, {EX_DATAERR, OUTCOME_DEAD},
                 {EX_NOUSER, OUTCOME_DEAD},    {EX_NOHOST, OUTCOME_DEAD}, {EX_UNAVAILABLE, OUTCOME_RETRY},
                 {EX_SOFTWARE, OUTCOME_RETRY}, {EX_OSERR, OUTCOME_RETRY}, {EX_TEMPFAIL, OUTCOME_RETRY},
                 {EX_CONFIG, OUTCOME_RETRY},   {1, OUTCOME_RETRY},        {127, OUTCOME_RETRY}};
    for (size_t i = 0; i < G_N_ELEMENTS(table); i++)
        assert_int_equal(sendmail_judge(table[i].status), table[i].outcome);
}

/* The resolver of this process: it answers when it is let. */
static GMutex gate;
static GCond opened;
static bool asked, open_now;

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **result)
{
    g_mutex_lock(&gate);
    asked = true;
    while (!open_now)
        g_cond_wait(&opened, &gate);
    g_mutex_unlock(&gate);
    return EAI_AGAIN;
}

struct look {
    struct smtp_transfer *transfer;
    unsigned turns;
    bool ended, cancel;
    enum outcome outcome;
};

static bool is_asked(void)
{
    g_mutex_lock(&gate);
    bool is = asked;
    g_mutex_unlock(&gate);
    return is;
}

/* The loop turns while the name is looked up; then the transfer is broken off, or its time is up. */
static void on_turn(uv_timer_t *turning)
{
    struct look *look = turning->data;
    if (!is_asked() || ++look->turns < 20)
        return;
    if (look->cancel) {
        assert_false(smtp_cancel(look->transfer));
        look->ended = true;
    }
    if (look->ended)
        uv_stop(turning->loop);
}

static void on_posted(const struct posted *posted, void *data)
{
    struct look *look = data;
    look->ended = true;
    look->outcome = posted->outcome;
}

/* As in an actor there is one of each, and it stays. */
static uv_loop_t loop;
static uv_timer_t timer;
static struct transfers *transfers;
static struct smtp *smtp;

static void look_up(bool cancel, int64_t timeout)
{
    g_autoptr(GBytes) bytes = g_bytes_new_static("Subject: x\n\nx\n", 14);
    const struct smtp_server server = {.url = "smtp://mail.example.com:2525", .timeout = timeout};
    const struct letter letter = {.sender = "a@example.com", .recipient = "b@example.com", .bytes = bytes};
    struct look look = {.cancel = cancel, .outcome = OUTCOME_DONE};
    asked = open_now = false;
    look.transfer = smtp_start(smtp, &server, &letter, on_posted, &look);
    assert_non_null(look.transfer);
    timer.data = &look;
    uv_timer_start(&timer, on_turn, 5, 5);
    uv_run(&loop, UV_RUN_DEFAULT); /* comes to an end although the resolver does not */
    uv_timer_stop(&timer);
    assert_true(look.ended && is_asked());
    if (!cancel)
        assert_int_equal(look.outcome, OUTCOME_RETRY);
    g_mutex_lock(&gate);
    open_now = true;
    g_cond_broadcast(&opened);
    g_mutex_unlock(&gate);
}

static void a_slow_resolver_keeps_no_loop_waiting(void **state)
{
    uv_loop_init(&loop);
    uv_timer_init(&loop, &timer);
    transfers = transfers_new(&loop, true);
    smtp = smtp_new(transfers);
    look_up(false, 50);
    look_up(true, 60000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(replies_decide),
        cmocka_unit_test(exit_statuses_decide),
        cmocka_unit_test(a_slow_resolver_keeps_no_loop_waiting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
