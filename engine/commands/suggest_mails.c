/* Finding and deciding the mails of `awsift suggest`. The jailed decider reads them; what is kept of one is
 * its decision and the beginning of its text, with codes and keys masked. */
#include "commands/suggest_mails.h"
#include "base/error.h"
#include "base/files.h"
#include "base/json.h"
#include "base/mask.h"
#include "keeper/filing.h"
#include "mail/text.h"
#include "wire/decision.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TEXT_KEPT = 8 * 1024 };

struct filed_mail {
    char *name, *path, *spool;
    int64_t arrived;
};

static void filed_mail_free(void *data)
{
    struct filed_mail *filed = data;
    g_free(filed->name);
    g_free(filed->path);
    g_free(filed->spool);
    g_free(filed);
}

struct walk {
    struct suggest_mails *mails;
    const char *store;
};

static bool on_archived(json_t *row, void *data)
{
    const struct walk *walk = data;
    struct filed_mail *filed = g_new0(struct filed_mail, 1);
    int64_t id = json_number(row, "id", 0);
    filed->name = g_strdup_printf("%" G_GINT64_FORMAT, id);
    filed->path =
        filing_find(walk->store, json_text_or(row, "folder", ""), id, json_text_or(row, "sha256", ""));
    filed->spool = g_strdup(json_text(row, "spool"));
    filed->arrived = json_number(row, "arrived", 0);
    if (filed->path != NULL)
        g_ptr_array_add(walk->mails->filed, filed);
    else
        filed_mail_free(filed); /* a person removed it */
    return true;
}

static bool find_archived(struct suggest_mails *mails, const struct config *config, int64_t since)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(ledger) ledger = options_ledger("suggest", config);
    if (ledger == NULL)
        return false;
    struct walk walk = {mails, config->store};
    bool good = ledger_archived(ledger, true, since, SUGGEST_UNKNOWN_MOST, on_archived, &walk, &error);
    if (good && mails->filed->len == SUGGEST_UNKNOWN_MOST)
        fprintf(stderr, "awsift suggest: only the newest %d unknown mails are looked at\n",
                SUGGEST_UNKNOWN_MOST);
    good = good && ledger_archived(ledger, false, 0, SUGGEST_KNOWN_MOST, on_archived, &walk, &error);
    if (!good)
        options_fail("suggest", error->message);
    return good;
}

/* Standard input can be read once, and the mails are decided twice. */
static bool keep_input(char **arguments, int *memory)
{
    *memory = -1;
    for (; *arguments != NULL; arguments++)
        if (strcmp(*arguments, "-") == 0)
            break;
    if (*arguments == NULL)
        return true;
    *memory = memfd_create("standard input", 0);
    char buffer[65536];
    ssize_t got = *memory >= 0 ? 0 : -1;
    while (*memory >= 0 && (got = read(STDIN_FILENO, buffer, sizeof buffer)) > 0)
        if (write(*memory, buffer, (size_t)got) != got)
            break;
    if (got != 0) {
        options_fail("suggest", "standard input cannot be read and kept");
        return false;
    }
    return true;
}

bool suggest_mails_find(struct suggest_mails *mails, const struct config *config, char **arguments,
                        int64_t since)
{
    *mails = (struct suggest_mails){
        .filed = g_ptr_array_new_with_free_func(filed_mail_free),
        .input = -1,
        .unknown = json_array(),
        .rules = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
    };
    if (arguments[0] == NULL)
        return find_archived(mails, config, since);
    if (!keep_input(arguments, &mails->input))
        return false;
    mails->arguments = g_strdupv(arguments);
    for (char **at = mails->arguments; *at != NULL; at++)
        if (strcmp(*at, "-") == 0) {
            g_free(*at);
            *at = g_strdup_printf("/proc/self/fd/%d", mails->input);
        }
    return true;
}

/* "-" and "-#3" again. */
static char *name_for_people(const struct suggest_mails *mails, const char *name)
{
    g_autofree char *kept = g_strdup_printf("/proc/self/fd/%d", mails->input);
    if (mails->input < 0 || !g_str_has_prefix(name, kept))
        return g_strdup(name);
    return g_strconcat("-", name + strlen(kept), NULL);
}

static void add_persons(json_t *persons, const json_t *inspect, const char *header)
{
    size_t index;
    json_t *address;
    json_array_foreach(json_object_get(inspect, header), index, address)
        if (json_text_or(address, "name", "")[0] != '\0' && json_array_size(persons) < 20)
            json_array_append(persons, json_object_get(address, "name"));
}

static json_t *mail_of(const struct suggest_mails *mails, const char *file, const json_t *answer)
{
    const json_t *inspect = json_object_get(answer, "inspect");
    json_t *mail = decision_outline(json_object_get(answer, "decision")), *persons = json_array();
    g_autofree char *text = text_clip(json_text_or(inspect, "text", ""), TEXT_KEPT),
                    *masked = mask_secrets(text), *name = name_for_people(mails, file);
    add_persons(persons, inspect, "to");
    add_persons(persons, inspect, "cc");
    json_object_set_new(mail, "name", json_text_new(name));
    json_object_set_new(mail, "text", json_text_new(masked));
    json_object_set_new(mail, "persons", persons);
    return mail;
}

static void on_decided(const char *file, json_t *answer, const GError *error, void *data)
{
    struct suggest_mails *mails = data;
    if (answer == NULL) {
        g_autofree char *name = name_for_people(mails, file);
        fprintf(stderr, "%s: %s\n", name, error->message);
        return;
    }
    const json_t *decision = json_object_get(answer, "decision");
    bool exact = strcmp(json_text_or(decision, "certainty", ""), "exact") == 0;
    bool general = strcmp(json_text_or(decision, "certainty", ""), "general") == 0;
    bool unknown = general || strcmp(json_text_or(decision, "category", ""), "unmatched") == 0;
    g_hash_table_replace(mails->rules, name_for_people(mails, file),
                         g_strdup(exact ? json_text_or(decision, "rule", "") : ""));
    if (unknown && json_array_size(mails->unknown) >= SUGGEST_UNKNOWN_MOST)
        mails->left_out++;
    else if (unknown)
        json_array_append_new(mails->unknown, mail_of(mails, file, answer));
}

static void decide_all(struct suggest_mails *mails, struct deciding *deciding, json_t *request,
                       decided_mail each, void *data)
{
    if (mails->arguments != NULL)
        mails->unread += deciding_each(deciding, mails->arguments, request, each, data);
    for (guint i = 0; i < mails->filed->len && deciding->client != NULL; i++) {
        const struct filed_mail *filed = mails->filed->pdata[i];
        mails->unread += deciding_filed(deciding, filed->path, filed->name, filed->spool, filed->arrived,
                                        request, each, data);
    }
}

void suggest_mails_decide(struct suggest_mails *mails, struct deciding *deciding)
{
    g_autoptr(json_t) request = json_pack("{s:b}", "inspect", 1);
    decide_all(mails, deciding, request, on_decided, mails);
    if (mails->left_out > 0)
        fprintf(stderr, "awsift suggest: %u more unknown mails are left out: it looks at %d at a time\n",
                mails->left_out, SUGGEST_UNKNOWN_MOST);
}

struct again {
    const struct suggest_mails *mails;
    decided_mail each;
    void *data;
};

static void on_again(const char *file, json_t *answer, const GError *error, void *data)
{
    const struct again *again = data;
    g_autofree char *name = name_for_people(again->mails, file);
    again->each(name, answer, error, again->data);
}

void suggest_mails_again(struct suggest_mails *mails, struct deciding *deciding, decided_mail each,
                         void *data)
{
    g_autoptr(json_t) request = json_object();
    struct again again = {mails, each, data};
    unsigned unread = mails->unread;
    decide_all(mails, deciding, request, on_again, &again);
    mails->unread = unread; /* said already */
}

void suggest_mails_clear(struct suggest_mails *mails)
{
    g_strfreev(mails->arguments);
    g_clear_pointer(&mails->filed, g_ptr_array_unref);
    json_decref(mails->unknown);
    g_clear_pointer(&mails->rules, g_hash_table_unref);
    if (mails->input >= 0)
        close(mails->input);
    mails->input = -1;
}
