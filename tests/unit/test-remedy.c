/* What is made of the kernel's refusals. */
#include "portmap/remedy.h"

#include <errno.h>
#include <string.h>

#include "lib/clean.h"
#include "tests/tap.h"

static const struct {
    int code;
    const char *opening, *table; /* how the text begins; NULL: it is as it was */
} tests[] = {
    {EPERM, "berth lacks CAP_NET_ADMIN", "table ip berth belongs to another program"},
    {EACCES, "berth lacks CAP_NET_ADMIN", "table ip berth belongs to another program"},
    {EPROTONOSUPPORT, "this kernel has no nf_tables", "this kernel lacks a part of nf_tables"},
    {EAFNOSUPPORT, "this kernel has no nf_tables", "this kernel lacks a part of nf_tables"},
    {EOPNOTSUPP, "this kernel has no nf_tables", "this kernel lacks a part of nf_tables"},
    {EINVAL, "this kernel has no nf_tables", "this kernel lacks a part of nf_tables"},
    {ENOENT, "this kernel has no nf_tables", "this kernel lacks a part of nf_tables"},
    {ENOBUFS, NULL, NULL},
    {EINTR, NULL, NULL},
    {EBUSY, NULL, NULL},
    {0, NULL, NULL},
};

static void check(void (*remedy)(struct err **err), int code, const char *begin)
{
    CLEAN(err) struct err *err = NULL;

    err_set_code(&err, code, "message 3 refused");
    ok(remedy_is_needed(err) == (begin != NULL), "%d: is there something to mend", code);
    remedy(&err);
    is_int(err_code(err), code, "%d: the code stays", code);
    if (!begin)
        is_str(err_msg(err), "message 3 refused", "%d: the text stays", code);
    else
        ok(!strncmp(err_msg(err), begin, strlen(begin)) &&
               strstr(err_msg(err), "(message 3 refused)"),
           "%d: %s", code, err_msg(err));
}

int main(void)
{
    for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
        check(remedy_of_opening, tests[i].code, tests[i].opening);
        check(remedy_of_table, tests[i].code, tests[i].table);
    }
    return tap_done();
}
