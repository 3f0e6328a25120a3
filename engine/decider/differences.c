/* Comparing what a test expects with a decision: all that differs, not only the first of it. An element of a
 * list that is not there is compared with the one that is most like it, so that a forward to the wrong role
 * reads as "args.to", and not as one action that is missing and another that is too many. */
#include "decider/differences.h"
#include "base/json.h"
#include "mail/text.h"

#include <string.h>

enum { SHOWN_MAXIMUM = 500, TEXT_MAXIMUM = 4000 };

static void compare(const json_t *expected, const json_t *got, const char *path, json_t *differences);

static json_t *found_differences(const json_t *expected, const json_t *got, const char *path)
{
    json_t *differences = json_array();
    compare(expected, got, path, differences);
    return differences;
}

static json_t *add(json_t *differences, const char *path, const json_t *expected, const json_t *got)
{
    json_t *difference = json_object();
    json_object_set_new(difference, "path", json_string(path));
    json_object_set(difference, "expected", (json_t *)expected);
    json_object_set_new(difference, "got", got != NULL ? json_incref((json_t *)got) : json_null());
    json_array_append_new(differences, difference);
    return difference;
}

static void compare_key(const json_t *expected, const json_t *got, const char *key, const char *path,
                        json_t *differences)
{
    g_autofree char *inner = g_strdup_printf("%s%s%s", path, path[0] != '\0' ? "." : "", key);
    compare(json_object_get(expected, key), json_object_get(got, key), inner, differences);
}

/* In the order of what was got, then what is not there: the same one in every run, as Lua's is not. */
static void compare_objects(const json_t *expected, const json_t *got, const char *path, json_t *differences)
{
    const char *key;
    json_t *value;
    size_t index;
    g_autoptr(json_t) keys = path[0] != '\0' ? json_keys(got) : json_array(), wanted = json_keys(expected);
    json_object_foreach((json_t *)got, key, value)
        if (path[0] == '\0')
            json_array_append_new(keys, json_string(key));
    json_array_foreach(keys, index, value)
        if (json_object_get(expected, json_string_value(value)) != NULL)
            compare_key(expected, got, json_string_value(value), path, differences);
    json_array_foreach(wanted, index, value)
        if (json_object_get(got, json_string_value(value)) == NULL)
            compare_key(expected, got, json_string_value(value), path, differences);
}

static bool is_there(const json_t *element, const json_t *list)
{
    size_t index;
    json_t *candidate;
    json_array_foreach((json_t *)list, index, candidate) {
        g_autoptr(json_t) differences = found_differences(element, candidate, "");
        if (json_array_size(differences) == 0)
            return true;
    }
    return false;
}

/* Whether both say one thing, as {http: {…}} does. */
static bool are_of_one_kind(const json_t *element, const json_t *candidate)
{
    void *only = json_object_iter((json_t *)element);
    return json_object_size(element) == 1 && json_object_size(candidate) == 1 &&
           json_is_object(json_object_iter_value(only)) &&
           json_object_get(candidate, json_object_iter_key(only)) != NULL;
}

/* Whether one may be a wrong form of the other: actions of one name, what is sent in one way, other objects
 * with anything in common. */
static bool are_alike(const json_t *element, const json_t *candidate, size_t differing)
{
    const char *action = json_text(element, "action");
    if (!json_is_object(candidate))
        return false;
    if (action != NULL)
        return g_strcmp0(action, json_text(candidate, "action")) == 0;
    if (are_of_one_kind(element, candidate))
        return true;
    return differing < json_object_size(element);
}

/* The differences to the element of the list that is most like this object; NULL when none is like it. At the
 * same place comes first among equals. */
static json_t *nearest(const json_t *element, size_t place, const json_t *list, const char *path)
{
    json_t *best = NULL;
    size_t size = json_array_size(list);
    for (size_t i = 0; i < size; i++) {
        const json_t *candidate = json_array_get(list, (place + i) % size);
        json_t *differing = found_differences(element, candidate, path);
        if (are_alike(element, candidate, json_array_size(differing)) &&
            (best == NULL || json_array_size(differing) < json_array_size(best))) {
            json_decref(best);
            best = json_incref(differing);
        }
        json_decref(differing);
    }
    return best;
}

static void compare_lists(const json_t *expected, const json_t *got, const char *path, json_t *differences)
{
    g_autoptr(json_t) missing = json_array();
    size_t index;
    json_t *element;
    json_array_foreach((json_t *)expected, index, element) {
        if (is_there(element, got))
            continue;
        g_autofree char *inner = g_strdup_printf("%s[%zu]", path, index + 1);
        g_autoptr(json_t) differing = json_is_object(element) ? nearest(element, index, got, inner) : NULL;
        if (differing != NULL)
            json_array_extend(differences, differing);
        else
            json_array_append(missing, element);
    }
    if (json_array_size(missing) > 0)
        json_object_set(add(differences, path, expected, got), "missing", missing);
}

/* { contains | starts | ends = text }, where a text is expected to be so and no more is said of it. */
static bool is_matcher(const json_t *expected)
{
    return json_object_size(expected) == 1 &&
           (json_text(expected, "contains") != NULL || json_text(expected, "starts") != NULL ||
            json_text(expected, "ends") != NULL);
}

static bool matches(const json_t *expected, const char *got)
{
    const char *part = json_text(expected, "contains"), *start = json_text(expected, "starts"),
               *end = json_text(expected, "ends");
    return part != NULL    ? strstr(got, part) != NULL
           : start != NULL ? g_str_has_prefix(got, start)
                           : g_str_has_suffix(got, end);
}

static bool is_nothing(const json_t *value)
{
    return value == NULL || json_is_null(value) ||
           (json_is_array(value) ? json_array_size(value) == 0
                                 : json_is_object(value) && json_object_size(value) == 0);
}

static void compare(const json_t *expected, const json_t *got, const char *path, json_t *differences)
{
    bool nothing = is_nothing(expected) || (json_is_false(expected) && !json_is_boolean(got));
    if (nothing) {
        if (!is_nothing(got))
            add(differences, path, expected, got);
    } else if (is_matcher(expected) && json_is_string(got)) {
        if (!matches(expected, json_string_value(got)))
            add(differences, path, expected, got);
    } else if (json_is_object(expected) && json_is_object(got)) {
        compare_objects(expected, got, path, differences);
    } else if (json_is_array(expected) && json_is_array(got)) {
        compare_lists(expected, got, path, differences);
    } else if (!json_equal(expected, got)) {
        add(differences, path, expected, got);
    }
}

json_t *differences_find(const json_t *expected, const json_t *got)
{
    return found_differences(expected, got, "");
}

static char *shown(const json_t *value)
{
    g_autofree char *whole = json_is_null(value) ? g_strdup("nothing") : json_canonical(value);
    return text_clip(whole, SHOWN_MAXIMUM);
}

char *differences_text(const json_t *differences)
{
    g_autoptr(GString) text = g_string_new(NULL);
    size_t index;
    json_t *difference;
    json_array_foreach((json_t *)differences, index, difference) {
        const json_t *missing = json_object_get(difference, "missing");
        g_autofree char *expected = shown(missing != NULL && json_array_size(missing) == 1
                                              ? json_array_get(missing, 0)
                                          : missing != NULL ? missing
                                                            : json_object_get(difference, "expected")),
                        *got = shown(json_object_get(difference, "got"));
        g_string_append_printf(text, "%s%s: expected %s%s %s", index > 0 ? "; " : "",
                               json_text_or(difference, "path", ""), expected,
                               missing != NULL ? " among" : ", got", got);
    }
    return text_clip(text->str, TEXT_MAXIMUM);
}
