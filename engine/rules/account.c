/* The account: from the subject, else the metadata block, else a labelled number in the body, else the
 * envelope's recipient through the directory of contacts. A mail that could be two customers' goes to
 * neither. */
#include "rules/account.h"
#include "rules/notice.h"
#include "base/json.h"

#include <string.h>

enum { RECIPIENT_MAXIMUM = 1000 }; /* bytes; whatever is longer is no address, and the keeper takes none */

/* What the last server wrote stands above the Received fields; below them it may be anybody's. */
const char *account_recipient(struct reading *reading)
{
    const char *name, *value;
    if (reading->recipient != NULL)
        return reading->recipient;
    for (unsigned i = 0; (name = message_header_at(reading->message, i, &value, NULL)) != NULL; i++) {
        if (g_ascii_strcasecmp(name, "Received") == 0)
            return NULL;
        bool names =
            g_ascii_strcasecmp(name, "X-Original-To") == 0 || g_ascii_strcasecmp(name, "Delivered-To") == 0;
        if (names && strchr(value, '@') != NULL && strlen(value) <= RECIPIENT_MAXIMUM)
            return value;
    }
    return NULL;
}

/* The accounts that the mail came to, each once: that of the envelope alone, else all of To and Cc. */
static GPtrArray *by_recipient(struct reading *reading)
{
    static const char *const headers[] = {"To", "Cc"};
    GPtrArray *accounts = g_ptr_array_new();
    const char *recipient = account_recipient(reading);
    const char *account = recipient != NULL ? rule_set_account_of(reading->set, recipient) : NULL;
    if (account != NULL)
        g_ptr_array_add(accounts, (void *)account);
    for (size_t i = 0; account == NULL && i < G_N_ELEMENTS(headers); i++) {
        g_autoptr(GPtrArray) addresses = reading_addresses(reading, headers[i]);
        for (guint j = 0; j < addresses->len; j++) {
            const struct address *address = addresses->pdata[j];
            const char *one = rule_set_account_of(reading->set, address->address);
            if (one != NULL && !g_ptr_array_find_with_equal_func(accounts, one, g_str_equal, NULL))
                g_ptr_array_add(accounts, (void *)one);
        }
    }
    return accounts;
}

static bool is_account(const char *text)
{
    return text != NULL && strlen(text) == 12 && strspn(text, "0123456789") == 12;
}

/* Whether it came to accounts, and to none of those that it names. */
static bool is_astray(const GPtrArray *came_to, const json_t *accounts)
{
    size_t index;
    json_t *account;
    json_array_foreach((json_t *)accounts, index, account)
        if (g_ptr_array_find_with_equal_func((GPtrArray *)came_to, json_string_value(account), g_str_equal,
                                             NULL))
            return false;
    return came_to->len > 0;
}

const char *account_of(struct reading *reading, bool *conflict)
{
    const char *found = json_text(reading->found, "account");
    json_t *accounts = json_object_get(notice_of(reading, false), "accounts");
    g_autoptr(GPtrArray) came_to = by_recipient(reading);
    *conflict = false;
    if (is_account(found)) /* a rule may call anything so */
        notice_add(reading->notice, "accounts", found);
    if (json_array_size(accounts) == 0)
        notice_of(reading, true);
    if (json_array_size(accounts) > 1) {
        *conflict = is_astray(came_to, accounts);
        return NULL;
    }
    const char *account = json_string_value(json_array_get(accounts, 0));
    if (account == NULL && came_to->len == 1)
        return came_to->pdata[0];
    if (account == NULL) {
        for (guint i = 0; i < came_to->len; i++)
            notice_add(reading->notice, "accounts", came_to->pdata[i]);
        return NULL;
    }
    *conflict = is_astray(came_to, accounts);
    return *conflict ? NULL : account;
}

static const char *contact_of(const struct reading *reading, const char *account)
{
    if (json_object_get(reading->set->contacts, account) != NULL)
        return account;
    return json_object_get(reading->set->contacts, "*") != NULL ? "*" : NULL;
}

/* "@name", NULL for one that is in none. */
static const char *group_of(const struct reading *reading, const char *contact)
{
    return json_string_value(json_object_get(reading->set->contacts, contact));
}

const char *account_contact(struct reading *reading, const char *account, bool conflict)
{
    if (account != NULL)
        return contact_of(reading, account);
    if (conflict)
        return NULL;
    const json_t *accounts = json_object_get(notice_of(reading, false), "accounts");
    size_t index;
    json_t *entry;
    const char *only = NULL, *group = NULL;
    json_array_foreach((json_t *)accounts, index, entry) {
        const char *contact = contact_of(reading, json_string_value(entry));
        const char *theirs = contact != NULL ? group_of(reading, contact) : NULL;
        bool first = index == 0;
        if (contact == NULL)
            return NULL;
        group = first || g_strcmp0(group, theirs) == 0 ? theirs : NULL;
        only = first || g_strcmp0(only, contact) == 0 ? contact : NULL;
    }
    if (json_array_size(accounts) > 0)
        return only != NULL ? only : group;
    /* Nothing names an account: where the directory has one entry for all, that is everybody's. */
    bool for_all =
        json_object_size(reading->set->contacts) == 1 && json_object_get(reading->set->contacts, "*") != NULL;
    return for_all ? "*" : NULL;
}
