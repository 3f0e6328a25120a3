/* Finding git's lock from a folder of its work tree: .git in the folder or the nearest one above it, which is
 * a folder, or, in linked work trees and submodules, a file that says where that folder lies
 * (gitrepository-layout, "gitdir: PATH"). Whatever cannot be read counts as no repository. */
#include "keeper/checkout.h"

#include <stdlib.h>
#include <string.h>
#include <glib.h>

#define GITDIR "gitdir: "

/* Where the repository of a work tree lies. NULL when it is none; the caller frees. */
static char *repository_of(const char *tree)
{
    g_autofree char *path = g_build_filename(tree, ".git", NULL), *text = NULL;
    if (g_file_test(path, G_FILE_TEST_IS_DIR))
        return g_steal_pointer(&path);
    if (!g_file_get_contents(path, &text, NULL, NULL) || !g_str_has_prefix(text, GITDIR))
        return NULL;
    return g_canonicalize_filename(g_strstrip(text + strlen(GITDIR)), tree);
}

char *checkout_lock(const char *folder)
{
    char *resolved = realpath(folder, NULL);
    g_autofree char *tree = g_strdup(resolved), *repository = NULL;
    free(resolved);
    while (tree != NULL && (repository = repository_of(tree)) == NULL && strcmp(tree, "/") != 0) {
        char *above = g_path_get_dirname(tree);
        g_free(tree);
        tree = above;
    }
    g_autofree char *lock = repository != NULL ? g_build_filename(repository, "index.lock", NULL) : NULL;
    return lock != NULL && g_file_test(lock, G_FILE_TEST_EXISTS) ? g_steal_pointer(&lock) : NULL;
}
