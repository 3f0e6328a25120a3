/* Where a secret stands: $AWSIFT_SECRET_NAME first, else the file NAME in $CREDENTIALS_DIRECTORY. It is read
 * anew each time, so that a changed file counts at once. Whoever has got it is kept from saying it. */
#include "actor/secret.h"
#include "base/secrecy.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

bool secret_is_name(const char *name)
{
    size_t length = strlen(name);
    return length > 0 && length < 100 && name[0] != '.' &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == length;
}

char *secret_variable(const char *name)
{
    char *variable = g_strconcat("AWSIFT_SECRET_", name, NULL);
    for (char *at = variable; *at != '\0'; at++)
        *at = g_ascii_isalnum(*at) ? g_ascii_toupper(*at) : '_';
    return variable;
}

/* White space at its end is the editor's, or that of echo. */
static char *look_up(const char *name)
{
    g_autofree char *variable = secret_variable(name);
    const char *value = getenv(variable), *folder = getenv("CREDENTIALS_DIRECTORY");
    if ((value != NULL && value[0] != '\0') || folder == NULL)
        return value != NULL ? g_strchomp(g_strdup(value)) : NULL;
    g_autofree char *path = g_build_filename(folder, name, NULL);
    char *contents = NULL;
    return g_file_get_contents(path, &contents, NULL, NULL) ? g_strchomp(contents) : NULL;
}

/* An empty one is none: a signature with it is anybody's. */
char *secret_find(const char *name)
{
    g_autofree char *value = look_up(name);
    if (value == NULL || value[0] == '\0')
        return NULL;
    secrecy_add(value);
    return g_steal_pointer(&value);
}

char *secret_get(const char *name, GError **error)
{
    if (!secret_is_name(name)) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CONFIG,
                    "a secret's name has letters, digits, '_', '.' and '-'");
        return NULL;
    }
    char *value = secret_find(name);
    g_autofree char *variable = secret_variable(name);
    if (value == NULL)
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_GONE,
                    "the secret '%s' is not set: put it into $%s or a credential file", name, variable);
    return value;
}
