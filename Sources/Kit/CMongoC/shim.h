/* The whole border between Swift and libmongoc.
 *
 * Debian's libbson aligns bson_t to 128 bytes, so Swift sees it as opaque and cannot hold one. These functions
 * take and give plain bytes, keep every bson_t on the C stack, and never let one cross.
 *
 * Ownership: `omc_bytes` is borrowed for the call. `omc_reply` owns its bytes and message until `omc_reply_free`.
 */
#ifndef OMNIFY_CMONGOC_SHIM_H
#define OMNIFY_CMONGOC_SHIM_H

#include <mongoc/mongoc.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const uint8_t *bytes;
    size_t length;
} omc_bytes;

typedef struct {
    bool ok;
    uint8_t *bytes;
    uint32_t length;
    uint32_t domain;
    uint32_t code;
    char *message;
} omc_reply;

typedef enum { OMC_READ, OMC_WRITE, OMC_PLAIN } omc_kind;
typedef enum { OMC_ONE, OMC_MANY, OMC_REPLACE } omc_reach;

/* Whose fault an error is, as far as its domain and code tell. */
typedef enum { OMC_FAULT_SERVER, OMC_FAULT_UNREACHABLE, OMC_FAULT_CALLER } omc_fault;

static inline void omc_reply_free(omc_reply *reply) {
    bson_free(reply->bytes);
    bson_free(reply->message);
    reply->bytes = NULL;
    reply->message = NULL;
}

static inline void omc_view(bson_t *view, omc_bytes bytes) {
    static const uint8_t empty[5] = {5, 0, 0, 0, 0};
    if (bytes.length < 5 || !bson_init_static(view, bytes.bytes, bytes.length)) {
        bson_init_static(view, empty, sizeof empty);
    }
}

static inline omc_reply omc_failure(const bson_error_t *error) {
    omc_reply out = {0};
    out.domain = error->domain;
    out.code = error->code;
    out.message = bson_strdup(error->message);
    return out;
}

/* Takes the reply's bytes over; `reply` is destroyed. */
static inline omc_reply omc_finish(bool ok, bson_t *reply, const bson_error_t *error) {
    omc_reply out = {0};
    if (!ok) {
        out = omc_failure(error);
    }
    out.ok = ok;
    out.bytes = bson_destroy_with_steal(reply, true, &out.length);
    return out;
}

/* Options with the session in them. Destroy after use, also on failure. */
static inline bool omc_options(
    bson_t *options, omc_bytes given, const mongoc_client_session_t *session, bson_error_t *error) {
    bson_t view;
    bson_init(options);
    omc_view(&view, given);
    bson_concat(options, &view);
    return !session || mongoc_client_session_append(session, options, error);
}

static inline omc_fault omc_fault_of(uint32_t domain, uint32_t code) {
    switch (domain) {
    case MONGOC_ERROR_STREAM:
    case MONGOC_ERROR_SERVER_SELECTION:
    case MONGOC_ERROR_PROTOCOL:
    case MONGOC_ERROR_SASL:
        return OMC_FAULT_UNREACHABLE;
    case MONGOC_ERROR_CLIENT:
        return code == MONGOC_ERROR_CLIENT_AUTHENTICATE || code == MONGOC_ERROR_CLIENT_NOT_READY
            ? OMC_FAULT_UNREACHABLE : OMC_FAULT_CALLER;
    case MONGOC_ERROR_SERVER:
    case MONGOC_ERROR_WRITE_CONCERN:
    case MONGOC_ERROR_QUERY:
        return OMC_FAULT_SERVER;
    case MONGOC_ERROR_COMMAND:
        return code == MONGOC_ERROR_COMMAND_INVALID_ARG ? OMC_FAULT_CALLER : OMC_FAULT_SERVER;
    default:
        return OMC_FAULT_CALLER;
    }
}

/* --- pool --------------------------------------------------------------------------------------------------- */

static inline void omc_start(void) {
    mongoc_init();
    mongoc_log_set_handler(NULL, NULL);
}

/* Sets an integer option unless the URL already has it. */
static inline void omc_uri_default(mongoc_uri_t *uri, const char *name, int32_t value) {
    if (!mongoc_uri_has_option(uri, name)) {
        mongoc_uri_set_option_as_int32(uri, name, value);
    }
}

static inline mongoc_uri_t *omc_uri(const char *text, omc_reply *failure) {
    bson_error_t error;
    mongoc_uri_t *uri = mongoc_uri_new_with_error(text, &error);
    if (!uri) {
        *failure = omc_failure(&error);
    }
    return uri;
}

static inline mongoc_client_pool_t *omc_pool(const mongoc_uri_t *uri, uint32_t size, const char *app_name) {
    mongoc_client_pool_t *pool = mongoc_client_pool_new(uri);
    if (pool) {
        mongoc_client_pool_set_error_api(pool, MONGOC_ERROR_API_VERSION_2);
        mongoc_client_pool_set_appname(pool, app_name);
        mongoc_client_pool_max_size(pool, size);
    }
    return pool;
}

/* --- commands ----------------------------------------------------------------------------------------------- */

static inline omc_reply omc_command(
    mongoc_client_t *client, omc_kind kind, const char *database, omc_bytes command,
    const mongoc_client_session_t *session) {
    bson_t view, reply, options;
    bson_error_t error = {0};
    const bson_t *with = NULL;
    bool ok;
    omc_view(&view, command);
    if (session) {
        omc_bytes none = {0};
        if (!omc_options(&options, none, session, &error)) {
            bson_destroy(&options);
            return omc_failure(&error);
        }
        with = &options;
    }
    switch (kind) {
    case OMC_READ:
        ok = mongoc_client_read_command_with_opts(client, database, &view, NULL, with, &reply, &error);
        break;
    case OMC_WRITE:
        ok = mongoc_client_write_command_with_opts(client, database, &view, with, &reply, &error);
        break;
    default:
        ok = mongoc_client_command_with_opts(client, database, &view, NULL, with, &reply, &error);
    }
    if (with) {
        bson_destroy(&options);
    }
    return omc_finish(ok, &reply, &error);
}

/* Points into a cursor reply: its first batch (an array document) and the cursor id. */
static inline bool omc_first_batch(const omc_reply *reply, omc_bytes *batch, int64_t *cursor) {
    bson_t view;
    bson_iter_t top, inner;
    uint32_t length = 0;
    bool found = false;
    if (!bson_init_static(&view, reply->bytes, reply->length) || !bson_iter_init_find(&top, &view, "cursor")
        || !BSON_ITER_HOLDS_DOCUMENT(&top) || !bson_iter_recurse(&top, &inner)) {
        return false;
    }
    while (bson_iter_next(&inner)) {
        if (!strcmp(bson_iter_key(&inner), "firstBatch") && BSON_ITER_HOLDS_ARRAY(&inner)) {
            bson_iter_array(&inner, &length, &batch->bytes);
            batch->length = length;
            found = true;
        } else if (!strcmp(bson_iter_key(&inner), "id")) {
            *cursor = bson_iter_as_int64(&inner);
        }
    }
    return found;
}

/* --- cursors ------------------------------------------------------------------------------------------------ */

/* Names the server, so that later batches and the cursor's end go where the cursor is (libmongoc aborts otherwise). */
static inline bool omc_choose_server(mongoc_client_t *client, bson_t *options, bson_error_t *error) {
    mongoc_server_description_t *server = mongoc_client_select_server(client, false, NULL, error);
    if (!server) {
        return false;
    }
    BSON_APPEND_INT32(options, "serverId", (int32_t) mongoc_server_description_id(server));
    mongoc_server_description_destroy(server);
    return true;
}

/* Runs a command that answers with a cursor. The session is needed: later batches must be asked for in the same. */
static inline mongoc_cursor_t *omc_cursor(
    mongoc_client_t *client, const char *database, omc_bytes command, int32_t batch_size,
    const mongoc_client_session_t *session, omc_reply *failure) {
    bson_t view, reply, options;
    bson_error_t error = {0};
    omc_bytes none = {0};
    mongoc_cursor_t *cursor = NULL;
    omc_view(&view, command);
    if (!omc_options(&options, none, session, &error) || !omc_choose_server(client, &options, &error)) {
        *failure = omc_failure(&error);
    } else if (!mongoc_client_read_command_with_opts(client, database, &view, NULL, &options, &reply, &error)) {
        *failure = omc_finish(false, &reply, &error);
    } else {
        if (batch_size > 0) {
            BSON_APPEND_INT32(&options, "batchSize", batch_size);
        }
        cursor = mongoc_cursor_new_from_command_reply_with_opts(client, &reply, &options);
    }
    bson_destroy(&options);
    return cursor;
}

/* The next document, borrowed until the next call. */
static inline bool omc_cursor_next(mongoc_cursor_t *cursor, omc_bytes *document) {
    const bson_t *next;
    if (!mongoc_cursor_next(cursor, &next)) {
        return false;
    }
    document->bytes = bson_get_data(next);
    document->length = next->len;
    return true;
}

static inline bool omc_cursor_failed(mongoc_cursor_t *cursor, omc_reply *failure) {
    bson_error_t error = {0};
    const bson_t *document = NULL;
    if (!mongoc_cursor_error_document(cursor, &error, &document)) {
        return false;
    }
    *failure = omc_failure(&error);
    if (document && !bson_empty(document)) {
        bson_t *copy = bson_copy(document);
        failure->bytes = bson_destroy_with_steal(copy, true, &failure->length);
    }
    return true;
}

/* --- sessions and transactions ------------------------------------------------------------------------------ */

static inline mongoc_client_session_t *omc_session(mongoc_client_t *client, omc_reply *failure) {
    bson_error_t error = {0};
    mongoc_session_opt_t *options = mongoc_session_opts_new();
    mongoc_session_opts_set_causal_consistency(options, false);
    mongoc_client_session_t *session = mongoc_client_start_session(client, options, &error);
    mongoc_session_opts_destroy(options);
    if (!session) {
        *failure = omc_failure(&error);
    }
    return session;
}

static inline omc_reply omc_begin(mongoc_client_session_t *session, int64_t max_commit_ms) {
    bson_error_t error = {0};
    mongoc_transaction_opt_t *options = mongoc_transaction_opts_new();
    mongoc_read_concern_t *read = mongoc_read_concern_new();
    mongoc_write_concern_t *write = mongoc_write_concern_new();
    mongoc_read_concern_set_level(read, MONGOC_READ_CONCERN_LEVEL_SNAPSHOT);
    mongoc_write_concern_set_wmajority(write, (int32_t) max_commit_ms);
    mongoc_transaction_opts_set_read_concern(options, read);
    mongoc_transaction_opts_set_write_concern(options, write);
    mongoc_transaction_opts_set_max_commit_time_ms(options, max_commit_ms);
    bool ok = mongoc_client_session_start_transaction(session, options, &error);
    mongoc_write_concern_destroy(write);
    mongoc_read_concern_destroy(read);
    mongoc_transaction_opts_destroy(options);
    omc_reply out = {0};
    if (!ok) {
        out = omc_failure(&error);
    }
    out.ok = ok;
    return out;
}

static inline omc_reply omc_commit(mongoc_client_session_t *session) {
    bson_error_t error = {0};
    bson_t reply;
    bool ok = mongoc_client_session_commit_transaction(session, &reply, &error);
    return omc_finish(ok, &reply, &error);
}

static inline void omc_abort(mongoc_client_session_t *session) {
    bson_error_t ignored;
    if (mongoc_client_session_in_transaction(session)) {
        mongoc_client_session_abort_transaction(session, &ignored);
    }
}

/* --- writes ------------------------------------------------------------------------------------------------- */

/* `documents` holds `count` documents one after another. */
static inline omc_reply omc_insert(
    mongoc_client_t *client, const char *database, const char *name, omc_bytes documents, size_t count,
    omc_bytes given, const mongoc_client_session_t *session) {
    bson_t reply, options;
    bson_error_t error = {0};
    bson_t *views = NULL;
    const bson_t **list = NULL;
    if (!omc_options(&options, given, session, &error)
        || posix_memalign((void **) &views, 128, count * sizeof(bson_t)) != 0) {
        bson_destroy(&options);
        return omc_failure(&error);
    }
    list = bson_malloc(count * sizeof(bson_t *));
    size_t offset = 0;
    for (size_t index = 0; index < count; index++) {
        int32_t length = 0;
        memcpy(&length, documents.bytes + offset, 4);
        omc_bytes one = {documents.bytes + offset, (size_t) BSON_UINT32_FROM_LE(length)};
        omc_view(&views[index], one);
        list[index] = &views[index];
        offset += one.length;
    }
    mongoc_collection_t *collection = mongoc_client_get_collection(client, database, name);
    bool ok = count == 1
        ? mongoc_collection_insert_one(collection, list[0], &options, &reply, &error)
        : mongoc_collection_insert_many(collection, list, count, &options, &reply, &error);
    mongoc_collection_destroy(collection);
    bson_free(list);
    free(views);
    bson_destroy(&options);
    return omc_finish(ok, &reply, &error);
}

static inline omc_reply omc_update(
    mongoc_client_t *client, const char *database, const char *name, omc_reach reach, omc_bytes filter,
    omc_bytes update, omc_bytes given, const mongoc_client_session_t *session) {
    bson_t selector, change, reply, options;
    bson_error_t error = {0};
    if (!omc_options(&options, given, session, &error)) {
        bson_destroy(&options);
        return omc_failure(&error);
    }
    omc_view(&selector, filter);
    omc_view(&change, update);
    mongoc_collection_t *collection = mongoc_client_get_collection(client, database, name);
    bool ok;
    switch (reach) {
    case OMC_ONE:
        ok = mongoc_collection_update_one(collection, &selector, &change, &options, &reply, &error);
        break;
    case OMC_MANY:
        ok = mongoc_collection_update_many(collection, &selector, &change, &options, &reply, &error);
        break;
    default:
        ok = mongoc_collection_replace_one(collection, &selector, &change, &options, &reply, &error);
    }
    mongoc_collection_destroy(collection);
    bson_destroy(&options);
    return omc_finish(ok, &reply, &error);
}

static inline omc_reply omc_delete(
    mongoc_client_t *client, const char *database, const char *name, bool many, omc_bytes filter, omc_bytes given,
    const mongoc_client_session_t *session) {
    bson_t selector, reply, options;
    bson_error_t error = {0};
    if (!omc_options(&options, given, session, &error)) {
        bson_destroy(&options);
        return omc_failure(&error);
    }
    omc_view(&selector, filter);
    mongoc_collection_t *collection = mongoc_client_get_collection(client, database, name);
    bool ok = many
        ? mongoc_collection_delete_many(collection, &selector, &options, &reply, &error)
        : mongoc_collection_delete_one(collection, &selector, &options, &reply, &error);
    mongoc_collection_destroy(collection);
    bson_destroy(&options);
    return omc_finish(ok, &reply, &error);
}

/* --- bulk writes -------------------------------------------------------------------------------------------- */

typedef struct {
    mongoc_collection_t *collection;
    mongoc_bulk_operation_t *operation;
} omc_bulk;

static inline omc_bulk omc_bulk_open(
    mongoc_client_t *client, const char *database, const char *name, omc_bytes given,
    const mongoc_client_session_t *session, omc_reply *failure) {
    bson_t options;
    bson_error_t error = {0};
    omc_bulk bulk = {0};
    if (omc_options(&options, given, session, &error)) {
        bulk.collection = mongoc_client_get_collection(client, database, name);
        bulk.operation = mongoc_collection_create_bulk_operation_with_opts(bulk.collection, &options);
    } else {
        *failure = omc_failure(&error);
    }
    bson_destroy(&options);
    return bulk;
}

static inline void omc_bulk_close(omc_bulk bulk) {
    mongoc_bulk_operation_destroy(bulk.operation);
    mongoc_collection_destroy(bulk.collection);
}

static inline bool omc_bulk_insert(omc_bulk bulk, omc_bytes document, omc_bytes given, omc_reply *failure) {
    bson_t view, options;
    bson_error_t error = {0};
    omc_view(&view, document);
    omc_view(&options, given);
    if (mongoc_bulk_operation_insert_with_opts(bulk.operation, &view, &options, &error)) {
        return true;
    }
    *failure = omc_failure(&error);
    return false;
}

static inline bool omc_bulk_update(
    omc_bulk bulk, omc_reach reach, omc_bytes filter, omc_bytes update, omc_bytes given, omc_reply *failure) {
    bson_t selector, change, options;
    bson_error_t error = {0};
    bool ok;
    omc_view(&selector, filter);
    omc_view(&change, update);
    omc_view(&options, given);
    switch (reach) {
    case OMC_ONE:
        ok = mongoc_bulk_operation_update_one_with_opts(bulk.operation, &selector, &change, &options, &error);
        break;
    case OMC_MANY:
        ok = mongoc_bulk_operation_update_many_with_opts(bulk.operation, &selector, &change, &options, &error);
        break;
    default:
        ok = mongoc_bulk_operation_replace_one_with_opts(bulk.operation, &selector, &change, &options, &error);
    }
    if (!ok) {
        *failure = omc_failure(&error);
    }
    return ok;
}

static inline bool omc_bulk_delete(omc_bulk bulk, bool many, omc_bytes filter, omc_reply *failure) {
    bson_t selector;
    bson_error_t error = {0};
    omc_view(&selector, filter);
    bool ok = many
        ? mongoc_bulk_operation_remove_many_with_opts(bulk.operation, &selector, NULL, &error)
        : mongoc_bulk_operation_remove_one_with_opts(bulk.operation, &selector, NULL, &error);
    if (!ok) {
        *failure = omc_failure(&error);
    }
    return ok;
}

static inline omc_reply omc_bulk_run(omc_bulk bulk) {
    bson_t reply;
    bson_error_t error = {0};
    bool ok = mongoc_bulk_operation_execute(bulk.operation, &reply, &error) != 0;
    return omc_finish(ok, &reply, &error);
}

/* --- change streams ----------------------------------------------------------------------------------------- */

typedef struct {
    mongoc_database_t *database;
    mongoc_change_stream_t *stream;
} omc_changes;

static inline omc_changes omc_watch(mongoc_client_t *client, const char *name, omc_bytes pipeline, omc_bytes given) {
    bson_t stages, options;
    omc_changes changes;
    omc_view(&stages, pipeline);
    omc_view(&options, given);
    changes.database = mongoc_client_get_database(client, name);
    changes.stream = mongoc_database_watch(changes.database, &stages, &options);
    return changes;
}

static inline void omc_watch_close(omc_changes changes) {
    mongoc_change_stream_destroy(changes.stream);
    mongoc_database_destroy(changes.database);
}

static inline bool omc_watch_next(omc_changes changes, omc_bytes *event) {
    const bson_t *next;
    if (!mongoc_change_stream_next(changes.stream, &next)) {
        return false;
    }
    event->bytes = bson_get_data(next);
    event->length = next->len;
    return true;
}

static inline bool omc_watch_failed(omc_changes changes, omc_reply *failure) {
    bson_error_t error = {0};
    const bson_t *document = NULL;
    if (!mongoc_change_stream_error_document(changes.stream, &error, &document)) {
        return false;
    }
    *failure = omc_failure(&error);
    if (document && !bson_empty(document)) {
        bson_t *copy = bson_copy(document);
        failure->bytes = bson_destroy_with_steal(copy, true, &failure->length);
    }
    return true;
}

static inline bool omc_watch_token(omc_changes changes, omc_bytes *token) {
    const bson_t *found = mongoc_change_stream_get_resume_token(changes.stream);
    if (!found) {
        return false;
    }
    token->bytes = bson_get_data(found);
    token->length = found->len;
    return true;
}

#endif
