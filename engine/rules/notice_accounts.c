/* Accounts in running text: behind a label alone, since twelve digits may be anything. */
#include "rules/notice_inside.h"

#include <string.h>

enum { NAME_BYTES = 100 };

bool notice_is_account(const char *text, const char *at)
{
    return strspn(at, "0123456789") == 12 && (at == text || !g_ascii_isdigit(at[-1]));
}

static void on_account(const char *name, const char *value, size_t length, void *data)
{
    g_autofree char *text = g_strndup(value, length);
    if (strcmp(name, "account") == 0)
        notice_add(data, "accounts", text);
}

/* What is listed behind a labelled account: "123456789012, 210987654321 (name) and 111111111111". */
static void add_further_accounts(json_t *notice, const char *body, size_t offset)
{
    static const char *const joints[] = {"and", "or", "および", "と", "、", "・"};
    for (const char *at = body + offset; *at != '\0';) {
        size_t moved = strspn(at, " ,;/&\n");
        const char *close = at[moved] == '(' ? g_strstr_len(at + moved, NAME_BYTES, ")") : NULL;
        if (close != NULL)
            moved = (size_t)(close + 1 - at);
        for (size_t i = 0; i < G_N_ELEMENTS(joints); i++)
            if (g_str_has_prefix(at + moved, joints[i]))
                moved += strlen(joints[i]);
        at += moved;
        if (notice_is_account(body, at)) {
            g_autofree char *account = g_strndup(at, 12);
            notice_add(notice, "accounts", account);
            moved = 12;
            at += moved;
        }
        if (moved == 0)
            return;
    }
}

static void list_accounts(json_t *notice, struct pattern *labelled, const char *text)
{
    size_t offset = 0, length = strlen(text);
    while (labelled != NULL &&
           pattern_try(labelled, text, length, &offset, NULL, on_account, notice) == PATTERN_YES)
        add_further_accounts(notice, text, offset);
}

/* It counts wherever it stands: a mark with something behind it is no decoration, and the mail is about that
 * account all the same. */
void notice_read_account_of_subject(struct reading *reading)
{
    list_accounts(reading->notice, reading->set->notice->account_in_subject, reading_subject(reading));
}

void notice_read_accounts(struct reading *reading, const char *body)
{
    list_accounts(reading->notice, reading->set->notice->labelled_account, body);
}
