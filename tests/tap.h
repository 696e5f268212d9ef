/* Unit tests print TAP: one line a check, the plan at the end.
 *
 *     int main(void)
 *     {
 *         is_str(got, "wanted", "name of the check");
 *         return tap_done();
 *     } */
#ifndef TESTS_TAP_H
#define TESTS_TAP_H

#include <stdbool.h>
#include <stddef.h>

/* Each returns whether the check passed. What differs goes to the log as TAP comments. */
bool ok(bool pass, const char *name, ...) __attribute__((format(printf, 2, 3)));
bool is_int(long long got, long long wanted, const char *name, ...)
    __attribute__((format(printf, 3, 4)));
bool is_str(const char *got, const char *wanted, const char *name, ...)
    __attribute__((format(printf, 3, 4)));

/* As is_str(); where 'wanted' ends with "..." what follows may be anything: a list that grows. */
bool is_message(const char *got, const char *wanted, const char *name, ...)
    __attribute__((format(printf, 3, 4)));

/* Compares with the file 'path' below tests/golden. BERTH_GOLDEN=write writes it instead, for a
 * person to read the difference in git. */
bool is_golden(const char *got, const char *path);

/* Path of a file below tests/ in the source tree; valid until the next call. */
const char *tests_path(const char *path);

/* Content of a file below tests/ in the source tree, which must exist; the caller frees it. */
char *tests_read(const char *path, size_t *ret_len);

/* Prints the plan. The value for main() to return: 0 where every check passed. */
int tap_done(void);

#endif
