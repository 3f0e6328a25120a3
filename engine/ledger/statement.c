/* Prepared statements. Each SQL text is prepared once a handle; a statement is reset before it is bound
 * again. */
#include "ledger/statement.h"
#include "base/error.h"
#include "base/json.h"
#include "base/times.h"

#include <errno.h>

const char *ledger_remedy(int number)
{
    switch (number) {
    case SQLITE_FULL:
        return "make room on its disk or raise the quota; mail stays in the spool until then";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return "another process has written to it for too long; find and end that one (fuser shows it)";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return "put its backup back with awsift restore FILE; mail stays in the spool until then";
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return "run this as the user of awsift, or as root; or give it, the -wal and -shm beside it and its "
               "folder to the user that runs awsift";
    case SQLITE_IOERR:
        return "look after its disk (the system's log says more); mail stays in the spool until then";
    default:
        return NULL;
    }
}

/* A quota or a limit to the size of files is a full disk to us; SQLite tells it as an error of the disk. */
static bool is_full(int number, int system)
{
    return number == SQLITE_FULL ||
           (number == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT || system == EFBIG));
}

static enum awsift_error code_of(int number)
{
    switch (number) {
    case SQLITE_FULL:
        return AWSIFT_ERROR_FULL;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return AWSIFT_ERROR_BUSY;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return AWSIFT_ERROR_CORRUPT;
    default:
        return AWSIFT_ERROR_IO;
    }
}

static bool is_of_the_disk(int number)
{
    return number == SQLITE_IOERR || number == SQLITE_FULL || number == SQLITE_CANTOPEN ||
           number == SQLITE_CORRUPT || number == SQLITE_NOTADB || number == SQLITE_READONLY;
}

/* What the system said, 0 when it was not the system. SQLite forgets it where COMMIT fails; the log knows. */
static int system_errno(sqlite3 *database)
{
    int primary = sqlite3_errcode(database) & 0xff, number = sqlite3_system_errno(database);
    sqlite3_file *log = NULL;
    if (primary != SQLITE_IOERR && primary != SQLITE_CANTOPEN)
        return 0;
    if (number == 0 && sqlite3_extended_errcode(database) == SQLITE_IOERR_WRITE &&
        sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
        log != NULL && log->pMethods != NULL)
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
    return number;
}

bool ledger_fail(struct ledger *ledger, GError **error)
{
    int number = sqlite3_errcode(ledger->database) & 0xff;
    g_autoptr(GString) text = g_string_new(NULL);
    if (sqlite3_extended_errcode(ledger->database) == SQLITE_CONSTRAINT_FUNCTION) {
        g_set_error(error, AWSIFT_ERROR, AWSIFT_ERROR_REFUSED, "ledger %s: %s", ledger->path,
                    sqlite3_errmsg(ledger->database));
        return false;
    }
    g_string_printf(text, "ledger %s: %s", ledger->path, sqlite3_errmsg(ledger->database));
    int system = system_errno(ledger->database);
    if (system != 0)
        g_string_append_printf(text, " (%s)", g_strerror(system));
    ledger->disk_failed |= is_of_the_disk(number);
    if (is_full(number, system))
        number = SQLITE_FULL;
    if (ledger_remedy(number) != NULL)
        g_string_append_printf(text, ": %s", ledger_remedy(number));
    g_set_error_literal(error, AWSIFT_ERROR, (int)code_of(number), text->str);
    return false;
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    if (text == NULL)
        sqlite3_bind_null(statement, index);
    else
        sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

static void bind_all(sqlite3_stmt *statement, const char *format, va_list arguments)
{
    for (int i = 0; format[i] != '\0'; i++) {
        if (format[i] == 'i') {
            sqlite3_bind_int64(statement, i + 1, va_arg(arguments, int64_t));
        } else if (format[i] == 'j') {
            const json_t *value = va_arg(arguments, const json_t *);
            g_autofree char *text = value != NULL ? json_canonical(value) : NULL;
            bind_text(statement, i + 1, text);
        } else {
            bind_text(statement, i + 1, va_arg(arguments, const char *));
        }
    }
}

static sqlite3_stmt *bind_list(struct ledger *ledger, GError **error, const char *sql, const char *format,
                               va_list arguments)
{
    sqlite3_stmt *statement = g_hash_table_lookup(ledger->statements, sql);
    if (statement == NULL) {
        if (sqlite3_prepare_v3(ledger->database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) !=
            SQLITE_OK) {
            ledger_fail(ledger, error);
            return NULL;
        }
        g_hash_table_insert(ledger->statements, g_strdup(sql), statement);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    bind_all(statement, format, arguments);
    return statement;
}

sqlite3_stmt *statement_bind(struct ledger *ledger, GError **error, const char *sql, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sqlite3_stmt *statement = bind_list(ledger, error, sql, format, arguments);
    va_end(arguments);
    return statement;
}

int statement_step(struct ledger *ledger, sqlite3_stmt *statement, GError **error)
{
    int result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        return result;
    if (result != SQLITE_DONE)
        ledger_fail(ledger, error);
    sqlite3_reset(statement); /* so that no read transaction stays open */
    return result;
}

bool statement_number(struct ledger *ledger, sqlite3_stmt *statement, int64_t *number, GError **error)
{
    if (statement == NULL || statement_step(ledger, statement, error) != SQLITE_ROW)
        return false;
    *number = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return true;
}

bool statement_run(struct ledger *ledger, GError **error, const char *sql, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sqlite3_stmt *statement = bind_list(ledger, error, sql, format, arguments);
    va_end(arguments);
    int result = SQLITE_ROW;
    while (statement != NULL && result == SQLITE_ROW)
        result = statement_step(ledger, statement, error);
    return statement != NULL && result == SQLITE_DONE;
}

const char *column_text(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}

json_t *column_json(sqlite3_stmt *statement, int column)
{
    const char *text = column_text(statement, column);
    json_t *value = text != NULL ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    return value != NULL ? value : json_null();
}

json_t *column_time(sqlite3_stmt *statement, int column)
{
    if (sqlite3_column_type(statement, column) == SQLITE_NULL)
        return json_null();
    g_autofree char *text = time_format(sqlite3_column_int64(statement, column));
    return json_text_new(text);
}
