/* Command lines as Go's flag package reads them. */
#include "lib/goflag.h"

#include <string.h>

#include "lib/strv.h"
#include "lib/xmalloc.h"
#include "tests/tap.h"

/* What became of a command line: its error, "help", or its values. */
static char *read_line(const char *line)
{
    bool yes = false;
    long n = 7;
    const char *text = "";
    struct strv list = {0}, words = {0};
    const struct goflag flags[] = {{"b", GOFLAG_BOOL, &yes, "a boolean"},
                                   {"n", GOFLAG_INT, &n, "a number"},
                                   {"text", GOFLAG_STRING, &text, "a text"},
                                   {"l", GOFLAG_LIST, &list, "a list"}};
    CLEAN(err) struct err *err = NULL;
    int first = 0;

    strv_add(&words, "program");
    for (const char *p = line; *p;) {
        size_t len = strcspn(p, " ");

        strv_addn(&words, p, len);
        p += len + (p[len] == ' ');
    }
    int result = goflag_parse(flags, ARRAY_LEN(flags), (int)words.n, words.v, &first, &err);
    CLEAN(free_str) char *joined = strv_join(&list, "+");
    char *got = result < 0 ? xstrdup(err_msg(err))
                : result   ? xstrdup("help")
                           : xasprintf("b=%d n=%ld text=%s l=%s rest=%d", yes, n, text, joined,
                                       (int)words.n - first);
    strv_done(&words);
    strv_done(&list);
    return got;
}

static void test_lines(void)
{
    static const struct {
        const char *line, *wanted;
    } rows[] = {
        {"", "b=0 n=7 text= l= rest=0"},
        {"-b -n 3 --text x uri", "b=1 n=3 text=x l= rest=1"},
        {"--b=false -n=-1 -text= uri", "b=0 n=-1 text= l= rest=1"},
        {"-b=T -n=0x10", "b=1 n=16 text= l= rest=0"},
        {"-n 010", "b=0 n=8 text= l= rest=0"},
        {"-l a -l=b -l c=d", "b=0 n=7 text= l=a+b+c=d rest=0"},
        {"-b false", "b=1 n=7 text= l= rest=1"},
        {"uri -b", "b=0 n=7 text= l= rest=2"},
        {"-b -- -n", "b=1 n=7 text= l= rest=1"},
        {"- -b", "b=0 n=7 text= l= rest=2"},
        {"-text -b", "b=0 n=7 text=-b l= rest=0"},
        {"-x", "flag provided but not defined: -x"},
        {"--x=1", "flag provided but not defined: -x"},
        {"---b", "bad flag syntax: ---b"},
        {"-=1", "bad flag syntax: -=1"},
        {"-n", "flag needs an argument: -n"},
        {"-n=", "invalid value \"\" for flag -n: parse error"},
        {"-n 3s", "invalid value \"3s\" for flag -n: parse error"},
        {"-n 99999999999999999999", "invalid value \"99999999999999999999\" for flag -n: value out "
                                    "of range"},
        {"-b=2", "invalid boolean value \"2\" for -b: parse error"},
        {"-b=", "invalid boolean value \"\" for -b: parse error"},
        {"-h", "help"},
        {"-b --help", "help"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(free_str) char *got = read_line(rows[i].line);
        is_str(got, rows[i].wanted, "\"%s\"", rows[i].line);
    }
}

static void test_usage(void)
{
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    bool yes;
    long n;
    const struct goflag flags[] = {{"b", GOFLAG_BOOL, &yes, "a boolean"},
                                   {"n", GOFLAG_INT, &n, "a number"}};

    goflag_usage(flags, ARRAY_LEN(flags), &out);
    is_str(sbuf_str(&out), "  -b\n    \ta boolean\n  -n int\n    \ta number\n", "the usage");
}

static void test_hide(void)
{
    char program[] = "-token=no", with[] = "--token=secret", behind[] = "-token", value[] = "-b",
         longer[] = "-token-file=name", none[] = "-token=", rest[] = "-token=mine";
    char *argv[] = {program, with, longer, none, behind, value, rest, NULL};

    goflag_hide("token", 6, argv);
    is_str(program, "-token=no", "the program's name stays");
    is_str(with, "--token=xxxxxx", "what stands behind = is hidden");
    is_str(longer, "-token-file=name", "another flag is not");
    is_str(none, "-token=", "nothing is nothing");
    is_str(behind, "-token", "the flag itself stays");
    is_str(value, "xx", "... and the next argument is hidden");
    is_str(rest, "-token=mine", "what is behind the flags is another program's");
}

int main(void)
{
    test_hide();
    test_lines();
    test_usage();
    return tap_done();
}
