/* Following one condition from others: `all` follows when each of its parts does, `any` when one of them
 * does; from an `any` follows what follows from each of its parts. Texts are compared through symbols. Sound,
 * and not complete: what does not follow here may yet be so. */
#include "review/covering.h"

#include <string.h>

static bool same(const char *one, const char *other)
{
    return g_strcmp0(one, other) == 0;
}

static bool same_texts(struct symbols *symbols, const struct condition *one, const struct condition *other)
{
    if (one->pattern == NULL || other->pattern == NULL || !same(one->field, other->field) ||
        !same(one->header, other->header) || pattern_kind(one->pattern) != pattern_kind(other->pattern) ||
        pattern_nocase(one->pattern) != pattern_nocase(other->pattern))
        return false;
    if (pattern_kind(one->pattern) != PATTERN_TEMPLATE)
        return same(pattern_text(one->pattern), pattern_text(other->pattern));
    return strcmp(symbols_normal(symbols, one), symbols_normal(symbols, other)) == 0;
}

bool covering_equal(struct symbols *symbols, const struct condition *one, const struct condition *other)
{
    if (one == other)
        return true;
    if (one->operation != other->operation || one->operation == CONDITION_WHEN)
        return false;
    if (one->operation == CONDITION_TEXT)
        return same_texts(symbols, one, other);
    if (one->operation == CONDITION_NOTICE)
        return same(one->field, other->field) && json_equal(one->value, other->value);
    if (one->inner->len != other->inner->len)
        return false;
    for (guint i = 0; i < one->inner->len; i++)
        if (!covering_equal(symbols, one->inner->pdata[i], other->inner->pdata[i]))
            return false;
    return true;
}

/* A title is a part of its subject: what it has in it, the subject has in it. */
static bool is_comparable(const struct condition *narrow, const struct condition *wide)
{
    if (same(narrow->field, wide->field) && same(narrow->header, wide->header))
        return true;
    return same(narrow->field, "title") && same(wide->field, "subject") &&
           pattern_kind(wide->pattern) == PATTERN_CONTAINS;
}

static bool text_follows(struct symbols *symbols, const struct condition *narrow,
                         const struct condition *wide)
{
    if (narrow->pattern == NULL || wide->pattern == NULL ||
        (pattern_nocase(narrow->pattern) && !pattern_nocase(wide->pattern)))
        return false;
    bool by_address = pattern_kind(narrow->pattern) == PATTERN_ADDRESS; /* which heeds no case */
    if (by_address && pattern_kind(wide->pattern) != PATTERN_ADDRESS && !pattern_nocase(wide->pattern))
        return false;
    bool peeled = same(narrow->field, "subject") && same(wide->field, "title");
    if (!peeled && !is_comparable(narrow, wide))
        return false;
    const GPtrArray *texts = peeled ? symbols_as_titles(symbols, narrow) : symbols_of(symbols, narrow);
    bool follows = texts != NULL;
    for (guint i = 0; follows && i < texts->len; i++)
        follows = symbols_match(symbols, wide, texts->pdata[i]);
    return follows;
}

bool covering_holds(struct symbols *symbols, const struct condition *narrow, const struct condition *wide)
{
    if (covering_equal(symbols, narrow, wide))
        return true;
    if (wide->operation == CONDITION_ALL) {
        for (guint i = 0; i < wide->inner->len; i++)
            if (!covering_holds(symbols, narrow, wide->inner->pdata[i]))
                return false;
        return true;
    }
    if (narrow->operation == CONDITION_ANY || narrow->operation == CONDITION_ALL) {
        bool every = narrow->operation == CONDITION_ANY;
        for (guint i = 0; i < narrow->inner->len; i++)
            if (covering_holds(symbols, narrow->inner->pdata[i], wide) != every)
                return !every;
        if (every)
            return narrow->inner->len > 0;
    }
    if (wide->operation == CONDITION_ANY) {
        for (guint i = 0; i < wide->inner->len; i++)
            if (covering_holds(symbols, narrow, wide->inner->pdata[i]))
                return true;
        return false;
    }
    return narrow->operation == CONDITION_TEXT && wide->operation == CONDITION_TEXT &&
           text_follows(symbols, narrow, wide);
}

bool covering_follows(struct symbols *symbols, const GPtrArray *known, const struct condition *wide)
{
    if (wide->operation == CONDITION_ALL) {
        for (guint i = 0; i < wide->inner->len; i++)
            if (!covering_follows(symbols, known, wide->inner->pdata[i]))
                return false;
        return true;
    }
    for (guint i = 0; i < known->len; i++)
        if (covering_holds(symbols, known->pdata[i], wide))
            return true;
    if (wide->operation == CONDITION_ANY) {
        for (guint i = 0; i < wide->inner->len; i++)
            if (covering_follows(symbols, known, wide->inner->pdata[i]))
                return true;
    }
    return false;
}
