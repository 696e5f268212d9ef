/* Columns that fit a terminal, and text that does. */
#include "agent/table.h"

#include <stdlib.h>
#include <string.h>

#include "tests/tap.h"

static const struct table_column columns[] = {
    {"NAME", 4, 0}, {"ADDRESS", 0, 0}, {"MORE", 5, 2}, {"NOTE", 0, 1}};

static void fits(size_t width, bool colour, size_t left_out, const char *wanted)
{
    static const char *const cells[] = {"a-long-name", "192.0.2.1", "0123456789", "x",
                                        "b",           "::1",       "",           "y"};
    const struct paint p = {.columns = width, .colour = colour};
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    struct table t;

    table_begin(&t, columns, ARRAY_LEN(columns));
    for (size_t i = 0; i < ARRAY_LEN(cells); i++)
        table_add_painted(&t, i == 1 ? PAINT_RED : PAINT_PLAIN, cells[i]);
    is_int((long long)table_rows(&t), 2, "two rows");
    is_int((long long)table_width(&t), 40, "their width");
    is_int((long long)table_fit(&t, columns, &p, &out), (long long)left_out,
           "columns left out of %zu", width);
    is_str(sbuf_str(&out), wanted, "in %zu columns", width);
    table_done(&t);
}

static void test_fit(void)
{
    static const char whole[] = "NAME         ADDRESS    MORE        NOTE\n"
                                "a-long-name  192.0.2.1  0123456789  x\n"
                                "b            ::1        -           y\n";

    fits(0, false, 0, whole);
    fits(40, false, 0, whole);
    fits(39, false, 0,
         "NAME        ADDRESS    MORE        NOTE\n"
         "a-long-na~  192.0.2.1  0123456789  x\n"
         "b           ::1        -           y\n");
    fits(29, false, 0,
         "NAME   ADDRESS    MORE   NOTE\n"
         "a-lo~  192.0.2.1  0123~  x\n"
         "b      ::1        -      y\n");
    fits(27, false, 1,
         "NAME        ADDRESS    NOTE\n"
         "a-long-na~  192.0.2.1  x\n"
         "b           ::1        y\n");
    fits(15, false, 2,
         "NAME  ADDRESS\n"
         "a-l~  192.0.2.1\n"
         "b     ::1\n");
    fits(40, true, 0,
         "\033[1mNAME\033[0m         \033[1mADDRESS\033[0m    \033[1mMORE\033[0m        "
         "\033[1mNOTE\033[0m\n"
         "a-long-name  \033[31m192.0.2.1\033[0m  0123456789  x\n"
         "b            ::1        -           y\n");
}

static void test_hostile(void)
{
    const struct paint p = {.columns = 11};
    static const struct table_column one[] = {{"NAME", 4, 0}};
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    struct table t;

    table_begin(&t, one, 1);
    table_add(&t, "\033]0;x\007");
    table_add(&t, "\xe7\xbd\x91\n");
    table_fit(&t, one, &p, &out);
    is_str(sbuf_str(&out), "NAME\n\\x1b]0;x\\x~\n\\xe7\\xbd\\x~\n", "it is escaped, then cut");
    table_done(&t);
}

static void wraps(size_t width, size_t column, const char *text, const char *wanted)
{
    const struct paint p = {.columns = width};
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;

    paint_wrap(&p, text, column, 2, &out);
    is_str(sbuf_str(&out), wanted, "'%s' in %zu columns", text, width);
}

static void test_wrap(void)
{
    wraps(0, 0, "one two three", "one two three");
    wraps(8, 0, "one two three", "one two\n  three");
    wraps(7, 0, "one two three", "one two\n  three");
    wraps(6, 0, "one two three", "one\n  two\n  three");
    wraps(8, 4, "one two", "one\n  two");
    wraps(8, 7, "one", "\n  one");
    wraps(6, 0, "a-long-word b", "a-long-word\n  b");
    wraps(6, 0, "", "");
    wraps(20, 0, "two  blanks", "two  blanks");
}

int main(void)
{
    test_fit();
    test_hostile();
    test_wrap();
    return tap_done();
}
