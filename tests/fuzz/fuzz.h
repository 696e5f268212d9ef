/* A fuzz target is one function over foreign bytes.
 *
 * Built with --enable-fuzz (clang) it is a libFuzzer program. Else tests/fuzz/replay.c runs it over
 * every file of its corpus, as part of `make check`. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#endif
