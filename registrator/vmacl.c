#include "registrator/vmacl.h"

#include <stdbool.h>
#include <string.h>

/* A transaction that is not permitted is answered with 409 and says so in its body. */
static bool is_denied(const struct http_answer *answer)
{
    return !answer->err && (answer->status == 403 || (answer->status == 409 && answer->body &&
                                                      strstr(answer->body, "Permission denied")));
}

int vm_acl_err(const struct http_answer *answer, const char *what, const char *rule,
               struct err **err)
{
    if (!is_denied(answer))
        return http_answer_err(answer, what, err);
    return err_set(err,
                   "%s: Consul does not permit it; the token in [registrator] consul_token_file "
                   "needs %s",
                   what, rule);
}
