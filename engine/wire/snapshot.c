/* A generation's files in one sealed memfd. Layout: "AWSIFT1\n", then per file 4 bytes length of the name, 8
 * bytes length of the contents (little-endian), name, contents; files sorted by name. What makes it fail: a
 * folder that is missing or unreadable, more than 64 MiB, a damaged descriptor. */
#include "wire/snapshot_walk.h"
#include "base/error.h"
#include "base/files.h"
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define MAGIC "AWSIFT1\n"
#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)
enum { BYTES_MAXIMUM = 64 << 20, FILE_MAXIMUM = 8 << 20, FILES_MAXIMUM = 20000, NAME_MAXIMUM = 1000 };

struct snapshot {
    int descriptor;
    const char *bytes;
    size_t size;
    GArray *files; /* of struct snapshot_file */
    GPtrArray *names;
    char *revision; /* NULL until it is asked for, which no child does */
};

struct taking {
    GPtrArray *names;  /* sorted later */
    GHashTable *bytes; /* name -> GBytes */
    size_t total;
};

static GBytes *read_file(const char *path, size_t most, GError **error)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0) {
        error_set_errno(error, errno, "cannot be read");
        return NULL;
    }
    GBytes *bytes = file_read(descriptor, most, error);
    close(descriptor);
    return bytes;
}

static bool fail_for_size(const char *path, GError **error)
{
    g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT,
                "%s: the rule folders hold more than %d MiB or %d files; keep mail and archives elsewhere",
                path, BYTES_MAXIMUM >> 20, FILES_MAXIMUM);
    return false;
}

static bool take_file(const struct walk *walk, const struct place *place, const struct stat *status,
                      GError **error)
{
    struct taking *taking = walk->data;
    const char *name = place->name, *path = place->path;
    if (!g_utf8_validate(name, -1, NULL) || strlen(name) > NAME_MAXIMUM) {
        log_warning("%s: passed over, its name is no UTF-8 or longer than %d bytes; rename it", path,
                    NAME_MAXIMUM);
        return true;
    }
    if (status->st_size > FILE_MAXIMUM && g_str_has_suffix(name, ".lua")) {
        GError *why = NULL;
        g_set_error(&why, AWSIFT_ERROR, AWSIFT_ERROR_LIMIT,
                    "cannot be read: a file of Lua of more than %d MiB; split it", FILE_MAXIMUM >> 20);
        return walk_goes_on(walk, path, why, error);
    }
    if (taking->total + (size_t)status->st_size > BYTES_MAXIMUM || taking->names->len >= FILES_MAXIMUM)
        return fail_for_size(path, error);
    GError *why = NULL;
    size_t room = BYTES_MAXIMUM - taking->total;
    /* It may be longer than it said, as those of /proc are, which do not like odd sizes. */
    GBytes *contents = read_file(place->real, (room / 4096 + 2) * 4096, &why);
    if (contents == NULL)
        return walk_goes_on(walk, path, why, error);
    if (g_bytes_get_size(contents) > room) {
        g_bytes_unref(contents);
        return fail_for_size(path, error);
    }
    taking->total += g_bytes_get_size(contents);
    char *copy = g_strdup(name);
    g_ptr_array_add(taking->names, copy);
    g_hash_table_insert(taking->bytes, copy, contents);
    return true;
}

static void warn_of_passed(const char *path, const char *why, void *data)
{
    log_warning("%s: %s", path, why);
}

static int compare_names(const void *left, const void *right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

static GByteArray *pack(struct taking *taking)
{
    GByteArray *packed = g_byte_array_new();
    g_ptr_array_sort(taking->names, compare_names);
    g_byte_array_append(packed, (const guint8 *)MAGIC, strlen(MAGIC));
    for (guint i = 0; i < taking->names->len; i++) {
        const char *name = taking->names->pdata[i];
        gsize size;
        const guint8 *contents = g_bytes_get_data(g_hash_table_lookup(taking->bytes, name), &size);
        guint32 name_length = GUINT32_TO_LE((guint32)strlen(name));
        guint64 length = GUINT64_TO_LE((guint64)size);
        g_byte_array_append(packed, (const guint8 *)&name_length, sizeof name_length);
        g_byte_array_append(packed, (const guint8 *)&length, sizeof length);
        g_byte_array_append(packed, (const guint8 *)name, (guint)strlen(name));
        g_byte_array_append(packed, contents, (guint)size);
    }
    return packed;
}

static int seal(const GByteArray *packed, GError **error)
{
    int descriptor = memfd_create("awsift-snapshot", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    size_t done = 0;
    while (descriptor >= 0 && done < packed->len) {
        ssize_t wrote = write(descriptor, packed->data + done, packed->len - done);
        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            break;
        done += (size_t)wrote;
    }
    if (descriptor >= 0 && done == packed->len && fcntl(descriptor, F_ADD_SEALS, SEALS) == 0)
        return descriptor;
    error_set_errno(error, errno, "cannot make a snapshot of the rules");
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

struct snapshot *snapshot_take_readable(const char *scripts, const char *const *folders,
                                        snapshot_unread unread, void *data, GError **error)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();
    g_autoptr(GHashTable) bytes =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    struct taking taking = {names, bytes, 0};
    const struct walk walk = {take_file, &taking, unread, data, warn_of_passed};
    if (!walk_all(scripts, folders, &walk, error))
        return NULL;
    g_autoptr(GByteArray) packed = pack(&taking);
    int descriptor = seal(packed, error);
    return descriptor < 0 ? NULL : snapshot_open(descriptor, error);
}

struct snapshot *snapshot_take(const char *scripts, const char *const *folders, GError **error)
{
    return snapshot_take_readable(scripts, folders, NULL, NULL, error);
}

static bool read_files(struct snapshot *made)
{
    size_t at = strlen(MAGIC);
    const char *previous = "";
    if (made->size < at || memcmp(made->bytes, MAGIC, at) != 0)
        return false;
    while (at < made->size) {
        guint32 name_length;
        guint64 length;
        if (made->size - at < 12 || made->files->len >= FILES_MAXIMUM)
            return false;
        memcpy(&name_length, made->bytes + at, 4);
        memcpy(&length, made->bytes + at + 4, 8);
        name_length = GUINT32_FROM_LE(name_length);
        length = GUINT64_FROM_LE(length);
        at += 12;
        if (name_length == 0 || name_length > NAME_MAXIMUM || name_length > made->size - at ||
            length > made->size - at - name_length)
            return false;
        char *name = g_strndup(made->bytes + at, name_length);
        g_ptr_array_add(made->names, name);
        if (strlen(name) != name_length || strcmp(previous, name) >= 0 || !g_utf8_validate(name, -1, NULL))
            return false;
        struct snapshot_file file = {name, made->bytes + at + name_length, (size_t)length};
        g_array_append_val(made->files, file);
        at += name_length + length;
        previous = name;
    }
    return true;
}

struct snapshot *snapshot_open(int descriptor, GError **error)
{
    struct stat status;
    struct snapshot *made = g_new0(struct snapshot, 1);
    made->descriptor = descriptor;
    made->files = g_array_new(FALSE, FALSE, sizeof(struct snapshot_file));
    made->names = g_ptr_array_new_with_free_func(g_free);
    void *bytes = MAP_FAILED;
    int seals = fcntl(descriptor, F_GET_SEALS);
    if (seals >= 0 && (seals & SEALS) == SEALS && fstat(descriptor, &status) == 0 && status.st_size > 0 &&
        status.st_size <= 2 * (off_t)BYTES_MAXIMUM)
        bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (bytes != MAP_FAILED) {
        made->bytes = bytes;
        made->size = (size_t)status.st_size;
    }
    if (bytes == MAP_FAILED || !read_files(made)) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_CORRUPT, "the snapshot of the rules is damaged");
        snapshot_free(made);
        return NULL;
    }
    return made;
}

void snapshot_free(struct snapshot *snapshot)
{
    if (snapshot == NULL)
        return;
    if (snapshot->bytes != NULL)
        munmap((void *)snapshot->bytes, snapshot->size);
    close(snapshot->descriptor);
    g_array_unref(snapshot->files);
    g_ptr_array_unref(snapshot->names);
    g_free(snapshot->revision);
    g_free(snapshot);
}

int snapshot_descriptor(const struct snapshot *snapshot)
{
    return snapshot->descriptor;
}

const char *snapshot_revision(struct snapshot *snapshot)
{
    if (snapshot->revision == NULL)
        snapshot->revision =
            g_compute_checksum_for_data(G_CHECKSUM_SHA256, (const guchar *)snapshot->bytes, snapshot->size);
    return snapshot->revision;
}

size_t snapshot_count(const struct snapshot *snapshot)
{
    return snapshot->files->len;
}

struct snapshot_file snapshot_get(const struct snapshot *snapshot, size_t index)
{
    return g_array_index(snapshot->files, struct snapshot_file, index);
}

struct snapshot_file snapshot_find(const struct snapshot *snapshot, const char *name)
{
    size_t low = 0, high = snapshot->files->len;
    while (low < high) {
        size_t middle = (low + high) / 2;
        struct snapshot_file file = snapshot_get(snapshot, middle);
        int order = strcmp(name, file.name);
        if (order == 0)
            return file;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return (struct snapshot_file){NULL, NULL, 0};
}

struct look {
    guint64 sum;
    size_t files, *empty;
};

static bool add_fingerprint(const struct walk *walk, const struct place *place, const struct stat *status,
                            GError **error)
{
    struct look *look = walk->data;
    guint64 part = g_str_hash(place->name);
    const gint64 facts[] = {(gint64)status->st_ino,         (gint64)status->st_size,
                            (gint64)status->st_mtim.tv_sec, (gint64)status->st_mtim.tv_nsec,
                            (gint64)status->st_ctim.tv_sec, (gint64)status->st_ctim.tv_nsec};
    for (size_t i = 0; i < G_N_ELEMENTS(facts); i++)
        part = (part ^ (guint64)facts[i]) * G_GUINT64_CONSTANT(1099511628211);
    look->sum += part; /* the order of listing does not matter */
    *look->empty += status->st_size == 0 && g_str_has_suffix(place->name, ".lua");
    return ++look->files <= FILES_MAXIMUM;
}

static void add_unread(const char *path, const char *why, void *data)
{
    struct look *look = data;
    look->sum += ((guint64)g_str_hash(path) << 32) ^ g_str_hash(why);
}

guint64 snapshot_fingerprint(const char *scripts, const char *const *folders, size_t *empty)
{
    size_t ignored = 0;
    struct look look = {1, 0, empty != NULL ? empty : &ignored};
    *look.empty = 0;
    const struct walk walk = {add_fingerprint, &look, add_unread, &look, NULL};
    return walk_all(scripts, folders, &walk, NULL) ? look.sum : 0;
}
