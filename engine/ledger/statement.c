/* Prepared statements. Each SQL text is prepared once a handle; a statement is reset before it is bound
 * again. */
#include "ledger/statement.h"
#include "base/error.h"
#include "base/json.h"

bool ledger_fail(struct ledger *ledger, GError **error)
{
    int number = sqlite3_errcode(ledger->database) & 0xff;
    enum awsift_error code = number == SQLITE_FULL                                 ? AWSIFT_ERROR_FULL
                             : number == SQLITE_BUSY || number == SQLITE_LOCKED    ? AWSIFT_ERROR_BUSY
                             : number == SQLITE_CORRUPT || number == SQLITE_NOTADB ? AWSIFT_ERROR_CORRUPT
                                                                                   : AWSIFT_ERROR_IO;
    g_set_error(error, AWSIFT_ERROR, (int)code, "ledger %s: %s", ledger->path,
                sqlite3_errmsg(ledger->database));
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
