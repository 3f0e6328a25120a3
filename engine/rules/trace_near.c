/* How close a text comes to what a condition wanted: for a template, the longest beginning of it that fits
 * the text's beginning; for a needle, the longest beginning of it that is anywhere in the text. Whether a
 * beginning fits is asked of the same patterns that rules are made of; since whatever fits also fits when it
 * is made shorter, the longest one is found by halving. Both are bounded by what a whole decision may search.
 */
#include "rules/trace_near.h"
#include "mail/text.h"

#include <string.h>

enum {
    AROUND = 60,                 /* bytes that are shown on each side of a match */
    HEAD = 120,                  /* of a text that nothing is known about */
    COMPILED_MAXIMUM = 500,      /* patterns */
    SEARCHED_MAXIMUM = 200 << 20 /* bytes */
};

struct near {
    unsigned compiled;
    size_t searched;
    char *body; /* on one line; NULL until asked */
};

struct near *near_new(void)
{
    return g_new0(struct near, 1);
}

void near_free(struct near *near)
{
    g_free(near->body);
    g_free(near);
}

static bool is_inside(const char *at)
{
    return ((unsigned char)*at & 0xc0) == 0x80;
}

/* From start to end of text with AROUND bytes on each side, but not beyond the lines that it stands in. */
char *near_match(const char *text, size_t start, size_t end)
{
    const char *from = text + start, *to = text + end;
    while (from > text && from[-1] != '\n' && (text + start - from < AROUND || is_inside(from)))
        from--;
    while (*to != '\0' && *to != '\n' && (to - text - (gssize)end < AROUND || is_inside(to)))
        to++;
    bool begun = from > text && from[-1] != '\n', more = *to != '\0' && *to != '\n';
    g_autofree char *middle = g_strndup(from, (size_t)(to - from));
    return g_strconcat(begun ? "…" : "", middle, more ? "…" : "", NULL);
}

/* Where a text may be cut: between characters, and not in a {placeholder}. */
static GArray *cuts_of(const char *wanted, bool template)
{
    GArray *cuts = g_array_new(FALSE, FALSE, sizeof(size_t));
    for (const char *at = wanted; *at != '\0';) {
        size_t length;
        bool placeholder = template && *at == '{' && pattern_is_placeholder(at, &length);
        at = placeholder ? at + length : g_utf8_next_char(at);
        size_t cut = (size_t)(at - wanted);
        g_array_append_val(cuts, cut);
    }
    return cuts;
}

struct search {
    struct near *near;
    const struct rule_set *set;
    const char *wanted, *text;
    bool nocase;
    size_t end; /* in text: behind what fitted last */
};
typedef bool (*fits_text)(struct search *search, size_t length);

/* How much of what is wanted fits: the longest cut. */
static size_t longest(struct search *search, const GArray *cuts, fits_text fits)
{
    size_t low = 0, high = cuts->len; /* low cuts are known to fit, high + 1 are not */
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if (fits(search, g_array_index(cuts, size_t, middle - 1)))
            low = middle;
        else
            high = middle - 1;
    }
    size_t length = low > 0 ? g_array_index(cuts, size_t, low - 1) : 0;
    if (length > 0)
        fits(search, length); /* once more for where it ends */
    return length;
}

/* PATTERN_HEAD takes its literals as expressions, and takes a blank behind the match, which is given back. */
static bool template_fits(struct search *search, size_t length)
{
    g_autoptr(GString) expression = g_string_new(NULL);
    const char *end = search->wanted + length;
    for (const char *at = search->wanted; at < end; at = g_utf8_next_char(at)) {
        size_t name;
        if (*at == '{' && pattern_is_placeholder(at, &name)) {
            g_string_append_len(expression, at, (gssize)name);
            at += name - 1;
            continue;
        }
        if ((unsigned char)*at < 0x80 && !g_ascii_isalnum(*at))
            g_string_append_c(expression, '\\');
        g_string_append_unichar(expression, g_utf8_get_char(at));
    }
    g_autoptr(pattern) head =
        pattern_new(PATTERN_HEAD, expression->str, search->nocase, search->set->placeholders, NULL);
    size_t at = 0;
    search->near->compiled++;
    if (head == NULL ||
        pattern_try(head, search->text, strlen(search->text), &at, NULL, NULL, NULL) != PATTERN_YES)
        return false;
    bool blank = at > 0 && search->text[at - 1] == ' ' && end[-1] != ' ';
    search->end = at - blank;
    return true;
}

static bool needle_fits(struct search *search, size_t length)
{
    g_autofree char *needle = g_strndup(search->wanted, length);
    const char *at = strstr(search->text, needle);
    search->near->searched += strlen(search->text);
    if (at != NULL)
        search->end = (size_t)(at - search->text) + length;
    return at != NULL;
}

static size_t common_beginning(const char *left, const char *right)
{
    size_t length = 0;
    while (left[length] != '\0' && left[length] == right[length])
        length++;
    while (length > 0 && is_inside(left + length))
        length--;
    return length;
}

static void set_miss(struct near_miss *miss, const char *wanted, size_t fitting, const char *text, size_t end)
{
    miss->fits = g_strndup(wanted, fitting);
    miss->then = text_clip(text + end, AROUND);
}

static void find_template(struct near *near, const struct rule_set *set, const struct condition *condition,
                          const char *text, struct near_miss *miss)
{
    g_autofree char *wanted = text_normalize(pattern_text(condition->pattern), true);
    struct search search = {near, set, wanted, text, pattern_nocase(condition->pattern), 0};
    size_t literal = strcspn(wanted, "{"), fitting = common_beginning(wanted, text);
    search.end = fitting;
    if ((fitting >= literal || pattern_nocase(condition->pattern)) && near->compiled < COMPILED_MAXIMUM) {
        g_autoptr(GArray) cuts = cuts_of(wanted, true);
        fitting = longest(&search, cuts, template_fits);
    }
    if (fitting > 0)
        set_miss(miss, wanted, fitting, text, search.end);
}

/* The text folded as needles need it: on one line; without case where that does not count. */
static void find_needle(struct near *near, const struct condition *condition, const char *text,
                        struct near_miss *miss)
{
    bool is_body = strcmp(condition->field, "body") == 0;
    g_autofree char *wanted = text_normalize(pattern_text(condition->pattern), true),
                    *own = is_body ? NULL : text_normalize(text, true);
    if (is_body && near->body == NULL)
        near->body = text_normalize(text, true);
    const char *line = is_body ? near->body : own;
    g_autofree char *lower_wanted = pattern_nocase(condition->pattern) ? g_ascii_strdown(wanted, -1) : NULL,
                    *lower_line = pattern_nocase(condition->pattern) ? g_ascii_strdown(line, -1) : NULL;
    struct search search = {.near = near,
                            .wanted = lower_wanted != NULL ? lower_wanted : wanted,
                            .text = lower_line != NULL ? lower_line : line};
    g_autoptr(GArray) cuts = cuts_of(wanted, false);
    size_t fitting = longest(&search, cuts, needle_fits);
    /* A letter or two are in every text. */
    if (fitting < 3 || fitting * 4 < strlen(wanted))
        return;
    set_miss(miss, wanted, fitting, line, search.end);
    g_free(miss->saw);
    miss->saw = near_match(line, search.end - fitting, search.end);
}

void near_find(struct near *near, const struct rule_set *set, const struct condition *condition,
               const char *text, struct near_miss *miss)
{
    miss->saw = text_clip(text, HEAD);
    if (pattern_kind(condition->pattern) == PATTERN_TEMPLATE)
        find_template(near, set, condition, text, miss);
    else if (pattern_kind(condition->pattern) == PATTERN_CONTAINS && near->searched < SEARCHED_MAXIMUM)
        find_needle(near, condition, text, miss);
    else if (pattern_kind(condition->pattern) == PATTERN_STARTS && !pattern_nocase(condition->pattern)) {
        g_autofree char *wanted = text_normalize(pattern_text(condition->pattern), true);
        size_t fitting = common_beginning(wanted, text);
        if (fitting > 0)
            set_miss(miss, wanted, fitting, text, fitting);
    }
}

void near_miss_clear(struct near_miss *miss)
{
    g_free(miss->saw);
    g_free(miss->fits);
    g_free(miss->then);
}
