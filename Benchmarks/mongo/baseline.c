/* What libmongoc itself can do: N threads, each with a pooled client, find one document by _id in a loop.
 *
 *   cc -O2 -o baseline baseline.c $(pkg-config --cflags --libs libmongoc-1.0) -lpthread
 *   ./baseline <url> <database> <threads> <seconds> <documents>
 *
 * The collection is `bench`, filled by the Swift counterpart, ids 0 … documents − 1 as int64.
 */
#include <inttypes.h>
#include <mongoc/mongoc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static mongoc_client_pool_t *pool;
static const char *database;
static int64_t documents;
static atomic_bool stopping;
static atomic_long total;

static void *work(void *argument) {
    uint64_t random = (uint64_t) (uintptr_t) argument * 2654435761u + 1;
    long done = 0;
    while (!atomic_load_explicit(&stopping, memory_order_relaxed)) {
        mongoc_client_t *client = mongoc_client_pool_pop(pool);
        mongoc_collection_t *collection = mongoc_client_get_collection(client, database, "bench");
        bson_t filter, options;
        const bson_t *found;
        random = random * 6364136223846793005u + 1442695040888963407u;
        bson_init(&filter);
        BSON_APPEND_INT64(&filter, "_id", (int64_t) ((random >> 33) % (uint64_t) documents));
        bson_init(&options);
        BSON_APPEND_INT64(&options, "limit", 1);
        BSON_APPEND_BOOL(&options, "singleBatch", true);
        mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(collection, &filter, &options, NULL);
        if (!mongoc_cursor_next(cursor, &found)) {
            bson_error_t error = {0};
            mongoc_cursor_error(cursor, &error);
            fprintf(stderr, "not found: %s\n", error.message);
            exit(1);
        }
        bson_t *copy = bson_copy(found);
        bson_destroy(copy);
        mongoc_cursor_destroy(cursor);
        bson_destroy(&options);
        bson_destroy(&filter);
        mongoc_collection_destroy(collection);
        mongoc_client_pool_push(pool, client);
        done++;
    }
    atomic_fetch_add(&total, done);
    return NULL;
}

int main(int count, char **arguments) {
    if (count != 6) {
        fprintf(stderr, "usage: baseline <url> <database> <threads> <seconds> <documents>\n");
        return 2;
    }
    mongoc_init();
    mongoc_uri_t *uri = mongoc_uri_new(arguments[1]);
    if (!uri) {
        fprintf(stderr, "the URL cannot be read\n");
        return 2;
    }
    pool = mongoc_client_pool_new(uri);
    database = arguments[2];
    int threads = atoi(arguments[3]);
    double seconds = atof(arguments[4]);
    documents = atoll(arguments[5]);
    pthread_t *handles = calloc((size_t) threads, sizeof *handles);
    struct timespec start, end, pause = {(time_t) seconds, (long) ((seconds - (time_t) seconds) * 1e9)};
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (int index = 0; index < threads; index++) {
        pthread_create(&handles[index], NULL, work, (void *) (uintptr_t) (index + 1));
    }
    nanosleep(&pause, NULL);
    atomic_store(&stopping, true);
    for (int index = 0; index < threads; index++) {
        pthread_join(handles[index], NULL);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    double elapsed = (double) (end.tv_sec - start.tv_sec) + (double) (end.tv_nsec - start.tv_nsec) / 1e9;
    printf("%.0f\n", (double) atomic_load(&total) / elapsed);
    free(handles);
    mongoc_client_pool_destroy(pool);
    mongoc_uri_destroy(uri);
    mongoc_cleanup();
    return 0;
}
