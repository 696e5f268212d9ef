#include "registrator/zk_own.h"

#include <stdlib.h>
#include <string.h>

#include "lib/clean.h"
#include "registrator/zk_node.h"
#include "registrator/zk_request.h"

void zk_own_done(struct zk_own *o)
{
    free(o->prefix);
    instances_done(&o->known);
    strv_done(&o->strays);
}

bool zk_own_is_claimed(const struct zk_own *o, const char *path, const char *id)
{
    for (size_t n = 0; n < o->known.n; n++) {
        const struct instance *i = &o->known.v[n];

        if (!instance_takes_traffic(i) || !strcmp(i->id, id))
            continue;
        CLEAN(free_str) char *other = zk_node_path(o->prefix, i);
        if (!strcmp(other, path))
            return true;
    }
    return false;
}

bool zk_own_is_good(const struct zk_own *o, const struct zk_answer *answer, const char *data)
{
    return zk_rc_kind(answer->rc) == ZK_DONE && zk_session_is_current(o->session, answer->owner) &&
           answer->len == strlen(data) && !memcmp(answer->data, data, answer->len);
}
