/* How the configuration says that Consul is to be spoken to: address, token, TLS. */
#ifndef AGENT_CONSUL_LOGIN_H
#define AGENT_CONSUL_LOGIN_H

#include "agent/config.h"
#include "lib/err.h"
#include "lib/http.h"
#include "registrator/address.h"
#include "registrator/consul_client.h"

struct consul_login {
    struct consul_access access; /* borrows from the others, the configuration and the address */

    /* private */
    struct http_tls tls;
    char *token, *ca_pem;
};

/* Fills '*ret', which is zeroed, for Consul at 'address', and reads the files that 'c' names. A
 * token file comes before a token of the environment. */
int consul_login_read(struct consul_login *ret, const struct config *c,
                      const struct address *address, struct err **err);

void consul_login_done(struct consul_login *l);

static inline void clean_consul_login(struct consul_login *l)
{
    consul_login_done(l);
}

#endif
