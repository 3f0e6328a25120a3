/* Links that deceive: in the plain text, in each HTML part, also where it is the alternative that rules do
 * not read. What a reader makes a link of by itself, a bare host name, counts as one. */
#include "mail/deception_inside.h"
#include "mail/auth_inside.h"
#include "mail/text.h"

#include <string.h>

enum { HOSTS_MAXIMUM = 2000, WORDS_MAXIMUM = 5000, WORD_MAXIMUM = 4096, SHOWN_WORDS_MAXIMUM = 20 };

static bool names_aws(const char *text)
{
    g_autofree char *looks = auth_looks(text);
    return looks_name_amazon(looks) || looks_name_aws(looks);
}

static bool is_sign_in(const struct link_place *place)
{
    static const char *const words[] = {"signin", "login", "password"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strstr(place->host, words[i]) != NULL || strstr(place->path, words[i]) != NULL)
            return true;
    return false;
}

static void judge_host(struct deceiving *deceiving, const char *host)
{
    enum host_likeness likeness = links_likeness(deceiving->links, host);
    if (likeness == HOST_LETTERS || likeness == HOST_IN_FRONT)
        deceiving_add(deceiving, DECEPTION_IMITATED_LINK, "a link imitates AWS's, and leads to ", host);
    if (likeness == HOST_LIKE)
        deceiving_add(deceiving, DECEPTION_LINK, "a link looks like AWS's, and leads to ", host);
}

static void judge_place(struct deceiving *deceiving, const struct link_place *place)
{
    enum host_owner owner = links_owner(deceiving->links, place->host);
    if (place->user != NULL && owner != HOST_AWS && names_aws(place->user))
        deceiving_add(deceiving, DECEPTION_IMITATED_LINK, "a link has AWS's name before the @, and leads to ",
                      place->host);
    if (owner == HOST_AWS && !place->secure && is_sign_in(place))
        deceiving_add(deceiving, DECEPTION_LINK, "a link to sign in is not https: ", place->host);
    if (g_hash_table_size(deceiving->hosts) >= HOSTS_MAXIMUM)
        deceiving_add(deceiving, DECEPTION_LINK, "it has more links than are looked at, among them to ",
                      place->host);
    else if (g_hash_table_add(deceiving->hosts, g_strdup(place->host)))
        judge_host(deceiving, place->host);
}

static void judge_link(struct deceiving *deceiving, const char *link)
{
    struct link_place place;
    if (!links_place(deceiving->links, link, &place))
        return;
    judge_place(deceiving, &place);
    link_place_clear(&place);
}

/* The text is cut where no address goes on. */
static char *next_word(const char **at)
{
    static const char ends[] = " \t\r\n<>\"'()[]{}|";
    *at += strspn(*at, ends);
    size_t length = strcspn(*at, ends);
    char *word = length > 0 ? g_strndup(*at, MIN(length, WORD_MAXIMUM)) : NULL;
    *at += length;
    return word;
}

/* Where an address begins that stands right behind other text, as in Japanese: "詳細はhttps://…". */
static const char *address_in(const char *word)
{
    const char *mark = strstr(word, "://"), *at = mark;
    while (at != NULL && at > word && g_ascii_isalpha(at[-1]))
        at--;
    return at;
}

static void trim(char *word)
{
    size_t length = strlen(word);
    while (length > 0 && strchr(".,;:!?", word[length - 1]) != NULL)
        word[--length] = '\0';
}

/* Whether another word may be looked at closely. */
static bool has_room(struct deceiving *deceiving, const char *word)
{
    if (deceiving->words++ < WORDS_MAXIMUM)
        return true;
    deceiving_add(deceiving, DECEPTION_LINK, "it has more addresses than are looked at, among them ", word);
    return false;
}

/* Not every word with a dot: names of Java's packages and of models have AWS's in them. */
static void judge_bare(struct deceiving *deceiving, char *word)
{
    g_autofree char *small = g_ascii_strdown(word, -1);
    if (strchr(word, '@') != NULL || !links_are_named(deceiving->links, small) || !has_room(deceiving, word))
        return;
    trim(word);
    g_autofree char *host = links_shown_host(word);
    if (host != NULL && links_likeness(deceiving->links, host) == HOST_IN_FRONT)
        deceiving_add(deceiving, DECEPTION_IMITATED_LINK, "an address imitates AWS's, and is ", host);
}

static void read_words(struct deceiving *deceiving, const char *text)
{
    char *word;
    for (const char *at = text; (word = next_word(&at)) != NULL; g_free(word)) {
        const char *address = address_in(word);
        if (address != NULL)
            judge_link(deceiving, address);
        else if (strchr(word, '.') != NULL)
            judge_bare(deceiving, word);
    }
}

/* Whether what is shown has an address of AWS's, and the link leads neither there nor to another one. */
static void judge_shown(struct deceiving *deceiving, const char *shown, const struct link_place *place)
{
    char *word;
    const char *at = shown;
    enum host_owner owner = links_owner(deceiving->links, place->host);
    if (owner == HOST_AWS || owner == HOST_OPAQUE)
        return;
    for (int i = 0; i < SHOWN_WORDS_MAXIMUM && (word = next_word(&at)) != NULL; i++, g_free(word)) {
        const char *address = address_in(word);
        if (strchr(word, '.') == NULL || strchr(word, '@') != NULL || !has_room(deceiving, word))
            continue;
        trim(word);
        g_autofree char *host = links_shown_host(address != NULL ? address : word);
        if (host != NULL && links_owner(deceiving->links, host) == HOST_AWS)
            deceiving_add(deceiving, DECEPTION_LINK, "a link shows an address of AWS's, and leads to ",
                          place->host);
    }
}

static void read_anchors(struct deceiving *deceiving, const GPtrArray *anchors)
{
    for (guint i = 0; anchors != NULL && i < anchors->len; i++) {
        const struct anchor *anchor = anchors->pdata[i];
        struct link_place place;
        if (!links_place(deceiving->links, anchor->target, &place))
            continue;
        judge_place(deceiving, &place);
        if ((deceiving->asked & DECEPTION_LINK) != 0)
            judge_shown(deceiving, anchor->shown, &place);
        link_place_clear(&place);
    }
}

void deceiving_read_links(struct deceiving *deceiving)
{
    const GPtrArray *parts = message_parts(deceiving->message);
    read_words(deceiving, message_subject(deceiving->message));
    for (guint i = 0; i < parts->len; i++) {
        const char *shown = message_part_shown(deceiving->message, parts->pdata[i]);
        if (shown != NULL)
            read_words(deceiving, shown);
        read_anchors(deceiving, message_part_anchors(deceiving->message, parts->pdata[i]));
    }
}
