#ifndef OMNIFY_CLANES_H
#define OMNIFY_CLANES_H

/* Square roots of two numbers by one instruction: Swift's SIMD types take them one by one. */

typedef double omnify_lanes2 __attribute__((ext_vector_type(2)));

static inline omnify_lanes2 omnify_square_roots(omnify_lanes2 values) {
    return __builtin_elementwise_sqrt(values);
}

#endif
