/* What Consul answered to a request about machines, as an error that names the right that lacks. */
#ifndef REGISTRATOR_VMACL_H
#define REGISTRATOR_VMACL_H

#include "lib/err.h"
#include "lib/http.h"

#define VM_ACL_KEY "key_prefix \"berth/services.d/\" { policy = \"write\" }"
#define VM_ACL_SESSION "session_prefix \"\" { policy = \"write\" }"
#define VM_ACL_CATALOG                                                                             \
    "node_prefix \"vm-\" { policy = \"write\" } and, for each declared service, "                  \
    "service \"<name>\" { policy = \"write\" }"

/* Sets 'err' from an answer that is not good: 'what' was tried, and 'rule' allows it. Returns -1.
 */
int vm_acl_err(const struct http_answer *answer, const char *what, const char *rule,
               struct err **err);

#endif
