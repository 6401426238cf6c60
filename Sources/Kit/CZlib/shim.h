#ifndef OMNIFY_CZLIB_SHIM_H
#define OMNIFY_CZLIB_SHIM_H

#include <string.h>
#include <zlib.h>

/* Whole-buffer gzip for Swift: z_stream never crosses the border, and the zlib macros that Swift cannot import stay
   here. A 16 KiB window keeps the state small, because most answers are smaller than that. */

#define OMNIFY_WINDOW_BITS 14
#define OMNIFY_MEMORY_LEVEL 7

/* Upper bound of the gzip form of n bytes. */
static inline unsigned long omnify_gzip_bound(unsigned long n) {
    return n + (n >> 8) + (n >> 10) + 128;
}

/* Writes the gzip form of the input; the number of bytes, or -1. */
static inline long omnify_gzip(
    const unsigned char *input, unsigned long input_size, unsigned char *output, unsigned long output_size, int level) {
    z_stream stream;
    memset(&stream, 0, sizeof(stream));
    if (deflateInit2(&stream, level, Z_DEFLATED, OMNIFY_WINDOW_BITS + 16, OMNIFY_MEMORY_LEVEL, Z_DEFAULT_STRATEGY)
        != Z_OK) {
        return -1;
    }
    stream.next_in = (unsigned char *)input;
    stream.avail_in = (unsigned int)input_size;
    stream.next_out = output;
    stream.avail_out = (unsigned int)output_size;
    int result = deflate(&stream, Z_FINISH);
    long written = (long)stream.total_out;
    deflateEnd(&stream);
    return result == Z_STREAM_END ? written : -1;
}

/* Writes the plain form of gzip input; the number of bytes, or -1 if damaged or larger than the output. */
static inline long omnify_gunzip(
    const unsigned char *input, unsigned long input_size, unsigned char *output, unsigned long output_size) {
    z_stream stream;
    memset(&stream, 0, sizeof(stream));
    if (inflateInit2(&stream, 15 + 16) != Z_OK) {
        return -1;
    }
    stream.next_in = (unsigned char *)input;
    stream.avail_in = (unsigned int)input_size;
    stream.next_out = output;
    stream.avail_out = (unsigned int)output_size;
    int result = inflate(&stream, Z_FINISH);
    long written = (long)stream.total_out;
    inflateEnd(&stream);
    return result == Z_STREAM_END ? written : -1;
}

#endif
