/* Threads: which mail is about the notice of which earlier one. The decider knows no earlier mail, so this is
 * done here, at the commit, from the decision alone and in its transaction: a mail never stands decided and
 * unlinked. Linking silences nothing.
 *
 * A mail looks for earlier ones by marks (thread_facts.h), each found through an index, so that the millionth
 * mail costs what the first did. Each row keeps how its thread stood after it; the last one by number tells
 * how it stands now. What was decided again may have been what others hang on: its thread is then made anew,
 * mail by mail, in their order. */
#include "ledger/threads.h"
#include "ledger/statement.h"
#include "ledger/thread_facts.h"
#include "base/json.h"
#include "base/times.h"

#include <string.h>

enum {
    CANDIDATES = 20,      /* the newest mails with a mark */
    REMADE_MAXIMUM = 1000 /* mails of a thread that is made anew; of a longer one, the one mail alone moves */
};

/* A thread that the mail may belong to. */
struct candidate {
    int64_t thread;
    unsigned marks; /* how many lead to it */
    bool claimed;
    json_t *state, *other;
};

static void candidate_free(void *data)
{
    struct candidate *candidate = data;
    json_decref(candidate->state);
    json_decref(candidate->other);
    g_free(candidate);
}

static json_t *read_state(struct ledger *ledger, int64_t thread, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error, "SELECT state FROM threads WHERE thread = ? ORDER BY message DESC LIMIT 1", "i",
        thread);
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return NULL;
    json_t *state = column_json(statement, 0);
    sqlite3_reset(statement);
    return state;
}

struct found {
    int64_t thread;
    json_t *facts;
};

static void found_clear(void *data)
{
    json_decref(((struct found *)data)->facts);
}

/* The newest mails before this one that have the mark, as struct found. */
static GArray *find_marked(struct ledger *ledger, int64_t message, const char *mark, GError **error)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct found));
    g_array_set_clear_func(list, found_clear);
    sqlite3_stmt *statement =
        statement_bind(ledger, error,
                       "SELECT t.thread, t.facts FROM thread_marks k JOIN threads t ON t.message = k.message"
                       " WHERE k.mark = ? AND k.message < ? ORDER BY k.message DESC LIMIT ?",
                       "tii", mark, message, (int64_t)CANDIDATES);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        struct found found = {sqlite3_column_int64(statement, 0), column_json(statement, 1)};
        g_array_append_val(list, found);
    }
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

static struct candidate *find_candidate(const GPtrArray *candidates, int64_t thread)
{
    for (guint i = 0; i < candidates->len; i++)
        if (((struct candidate *)candidates->pdata[i])->thread == thread)
            return candidates->pdata[i];
    return NULL;
}

static bool is_within(const struct ledger *ledger, const json_t *a, const json_t *b)
{
    return ABS(json_number(a, "arrived", 0) - json_number(b, "arrived", 0)) <= ledger->thread_window;
}

/* Adds the threads that one mark leads to and that take the mail, each once. */
static bool add_candidates(struct ledger *ledger, int64_t message, const json_t *facts, enum thread_link link,
                           const char *mark, GPtrArray *candidates, GError **error)
{
    g_autoptr(GArray) marked = find_marked(ledger, message, mark, error);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_int64_hash, g_int64_equal);
    for (guint i = 0; marked != NULL && i < marked->len; i++) {
        struct found *found = &g_array_index(marked, struct found, i);
        struct candidate *known = find_candidate(candidates, found->thread);
        bool again = g_hash_table_contains(seen, &found->thread);
        if (again || !is_within(ledger, found->facts, facts))
            continue;
        g_autoptr(json_t) state =
            known != NULL ? json_incref(known->state) : read_state(ledger, found->thread, error);
        if (state == NULL)
            return false;
        if (!thread_accepts(state, found->facts, facts, link))
            continue;
        g_hash_table_add(seen, &found->thread);
        if (known == NULL) {
            known = g_new0(struct candidate, 1);
            known->thread = found->thread;
            known->state = json_incref(state);
            known->other = json_incref(found->facts);
            known->claimed = thread_is_claimed(state, facts, link);
            g_ptr_array_add(candidates, known);
        }
        known->marks++;
    }
    return marked != NULL;
}

/* The one that most marks lead to, of several the newest. Where nothing but the mail's word leads to them,
 * and to several, it could be about any, and is put to none. */
static struct candidate *choose(const GPtrArray *candidates)
{
    struct candidate *best = NULL;
    for (guint i = 0; i < candidates->len; i++) {
        struct candidate *one = candidates->pdata[i];
        if (one->claimed && candidates->len > 1)
            return NULL;
        if (best == NULL || one->marks > best->marks ||
            (one->marks == best->marks && one->thread > best->thread))
            best = one;
    }
    return best;
}

static bool insert_row(struct ledger *ledger, int64_t message, int64_t thread, const char *relation,
                       const json_t *changes, const json_t *facts, const json_t *state, GError **error)
{
    if (!statement_run(ledger, error,
                       "INSERT INTO threads (message, thread, relation, changes, facts, state)"
                       " VALUES (?, ?, ?, ?, ?, ?)",
                       "iitjjj", message, thread, relation, changes, facts, state))
        return false;
    for (enum thread_link link = 0; link < LINK_COUNT; link++) {
        g_autoptr(GPtrArray) marks = thread_marks(facts, link);
        for (guint i = 0; i < marks->len; i++)
            if (!statement_run(
                    ledger, error,
                    "INSERT INTO thread_marks (mark, message) VALUES (?, ?) ON CONFLICT DO NOTHING", "ti",
                    marks->pdata[i], message))
                return false;
    }
    return true;
}

/* A mail that is in no thread, into the one of an earlier mail or into one of its own. */
static bool place(struct ledger *ledger, int64_t message, const json_t *facts, GError **error)
{
    for (enum thread_link link = 0; link < LINK_COUNT; link++) {
        g_autoptr(GPtrArray) marks = thread_marks(facts, link);
        g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func(candidate_free);
        for (guint i = 0; i < marks->len; i++)
            if (!add_candidates(ledger, message, facts, link, marks->pdata[i], candidates, error))
                return false;
        const struct candidate *chosen = choose(candidates);
        if (chosen == NULL)
            continue;
        json_t *found = NULL;
        const char *relation = thread_relation(chosen->state, chosen->other, facts, link, &found);
        g_autoptr(json_t) changes = found, state = thread_state(chosen->state, facts);
        return insert_row(ledger, message, chosen->thread, relation, changes, facts, state, error);
    }
    g_autoptr(json_t) none = json_array();
    return insert_row(ledger, message, message, "first", none, facts, facts, error);
}

static bool take_away(struct ledger *ledger, int64_t message, const json_t *facts, GError **error)
{
    for (enum thread_link link = 0; link < LINK_COUNT; link++) {
        g_autoptr(GPtrArray) marks = thread_marks(facts, link);
        for (guint i = 0; i < marks->len; i++)
            if (!statement_run(ledger, error, "DELETE FROM thread_marks WHERE mark = ? AND message = ?", "ti",
                               marks->pdata[i], message))
                return false;
    }
    return statement_run(ledger, error, "DELETE FROM threads WHERE message = ?", "i", message);
}

struct member {
    int64_t message;
    json_t *facts;
};

static void member_clear(void *data)
{
    json_decref(((struct member *)data)->facts);
}

/* The mails of the thread that the message is in, in their order; none when it is in none. */
static GArray *find_members(struct ledger *ledger, int64_t message, GError **error)
{
    g_autoptr(GArray) list = g_array_new(FALSE, FALSE, sizeof(struct member));
    g_array_set_clear_func(list, member_clear);
    sqlite3_stmt *statement =
        statement_bind(ledger, error,
                       "SELECT message, facts FROM threads WHERE thread ="
                       " (SELECT thread FROM threads WHERE message = ?) ORDER BY message LIMIT ?",
                       "ii", message, (int64_t)REMADE_MAXIMUM + 1);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        struct member member = {sqlite3_column_int64(statement, 0), column_json(statement, 1)};
        g_array_append_val(list, member);
    }
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}

static bool read_facts(struct ledger *ledger, int64_t message, json_t **facts, GError **error)
{
    sqlite3_stmt *statement =
        statement_bind(ledger, error, "SELECT facts FROM threads WHERE message = ?", "i", message);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    *facts = step == SQLITE_ROW ? column_json(statement, 0) : NULL;
    if (step == SQLITE_ROW)
        sqlite3_reset(statement);
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

/* The message's old thread without it, then with it where its new facts belong. */
static bool make_anew(struct ledger *ledger, int64_t message, const json_t *before, const json_t *facts,
                      GError **error)
{
    g_autoptr(GArray) members = find_members(ledger, message, error);
    if (members == NULL)
        return false;
    if (members->len > REMADE_MAXIMUM)
        return take_away(ledger, message, before, error) &&
               (facts == NULL || place(ledger, message, facts, error));
    for (guint i = 0; i < members->len; i++) {
        const struct member *member = &g_array_index(members, struct member, i);
        if (!take_away(ledger, member->message, member->facts, error))
            return false;
    }
    for (guint i = 0; i < members->len; i++) {
        const struct member *member = &g_array_index(members, struct member, i);
        const json_t *now = member->message == message ? facts : member->facts;
        if (now != NULL && !place(ledger, member->message, now, error))
            return false;
    }
    return true;
}

static bool read_arrival(struct ledger *ledger, int64_t message, int64_t *arrived, GError **error)
{
    sqlite3_stmt *statement =
        statement_bind(ledger, error, "SELECT arrived FROM messages WHERE id = ?", "i", message);
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return false;
    *arrived = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return true;
}

static json_t *for_actors(sqlite3_stmt *statement)
{
    g_autofree char *arrived = time_format(sqlite3_column_int64(statement, 2));
    json_t *first = json_pack("{s:I, s:o, s:s}", "id", (json_int_t)sqlite3_column_int64(statement, 0),
                              "subject", json_text_new(column_text(statement, 1)), "arrived", arrived);
    return json_pack("{s:o, s:s, s:o}", "first", first, "relation", column_text(statement, 3), "changes",
                     column_json(statement, 4));
}

static bool read_link(struct ledger *ledger, int64_t message, json_t **thread, GError **error)
{
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT m.id, m.subject, m.arrived, t.relation, t.changes FROM threads t"
        " JOIN messages m ON m.id = (SELECT min(f.message) FROM threads f WHERE f.thread = t.thread)"
        " WHERE t.message = ? AND m.id <> t.message AND t.relation <> 'first'",
        "i", message);
    int step = statement != NULL ? statement_step(ledger, statement, error) : SQLITE_ERROR;
    if (step == SQLITE_ROW) {
        *thread = for_actors(statement);
        sqlite3_reset(statement);
    }
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

bool threads_link(struct ledger *ledger, int64_t message, const json_t *decision, const json_t *context,
                  json_t **thread, GError **error)
{
    int64_t arrived = 0;
    json_t *known = NULL;
    *thread = NULL;
    if (!read_arrival(ledger, message, &arrived, error) || !read_facts(ledger, message, &known, error))
        return false;
    g_autoptr(json_t) before = known, facts = thread_facts_new(decision, context, arrived);
    bool good = true;
    if (before == NULL)
        good = facts == NULL || place(ledger, message, facts, error);
    else if (!thread_facts_equal(before, facts))
        good = make_anew(ledger, message, before, facts, error);
    return good && read_link(ledger, message, thread, error);
}

bool threads_forget(struct ledger *ledger, int64_t message, GError **error)
{
    json_t *known = NULL;
    bool good = read_facts(ledger, message, &known, error);
    g_autoptr(json_t) facts = known;
    return good && (facts == NULL || take_away(ledger, message, facts, error));
}

json_t *threads_show(struct ledger *ledger, int64_t message, GError **error)
{
    g_autoptr(json_t) list = json_array();
    sqlite3_stmt *statement = statement_bind(
        ledger, error,
        "SELECT m.id, m.arrived, m.subject, t.relation, t.changes, d.verdict FROM threads t"
        " JOIN messages m ON m.id = t.message LEFT JOIN decisions d ON d.id = m.decision WHERE t.thread ="
        " (SELECT thread FROM threads WHERE message = ?) ORDER BY t.message DESC LIMIT ?",
        "ii", message, (int64_t)LEDGER_THREAD_SHOWN_MOST);
    int step = SQLITE_ERROR;
    while (statement != NULL && (step = statement_step(ledger, statement, error)) == SQLITE_ROW) {
        g_autofree char *arrived = time_format(sqlite3_column_int64(statement, 1));
        json_array_insert_new(list, 0,
                              json_pack("{s:I, s:s, s:o, s:s, s:o, s:o}", "id",
                                        (json_int_t)sqlite3_column_int64(statement, 0), "arrived", arrived,
                                        "subject", json_text_new(column_text(statement, 2)), "relation",
                                        column_text(statement, 3), "changes", column_json(statement, 4),
                                        "verdict", json_text_new(column_text(statement, 5))));
    }
    return step == SQLITE_DONE ? g_steal_pointer(&list) : NULL;
}
