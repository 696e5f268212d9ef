#include "agent/config.h"

#include <string.h>

#include "agent/config_check.h"
#include "agent/dubbo_options.h"
#include "registrator/address.h"

/* Consul's key-value store and ZooKeeper hold addresses, but no service ports and no states. */
static bool catalog_can_be_read(const char *registry)
{
    struct address a = {0};
    bool good =
        !address_parse(registry, &a, NULL) && (a.kind == ADDRESS_LOCAL || a.kind == ADDRESS_CONSUL);

    address_done(&a);
    return good;
}

/* Two clusters that share a zone must not take each other's records for their own. */
static int check_dns(const struct config *c, struct err **err)
{
    struct address registry = {0};
    bool shared = !address_parse(c->registry, &registry, NULL) && registry.kind == ADDRESS_CONSUL;

    address_done(&registry);
    if (!*c->dns_zone || !c->lb)
        return 0;
    if (!*c->dns_server || !*c->dns_key_file)
        return err_set(err, "[dns] zone = %s needs [dns] server and key_file, too", c->dns_zone);
    if (shared && (!*c->dns_owner || !*c->announce))
        return err_set(err,
                       "[dns] zone = %s with Consul needs [lb] announce, and [dns] owner: one "
                       "word, the same for load balancers that serve the same",
                       c->dns_zone);
    return 0;
}

static int check_admin_token(const struct config *c, struct err **err)
{
    if (!c->admin_token_reads || *c->admin_token_file)
        return 0;
    return err_set(err, "[agent] admin_token_reads = yes needs admin_token_file, too");
}

int config_finish(struct config *c, struct err **err)
{
    if (check_admin_token(c, err))
        return -1;
    if (check_dns(c, err))
        return -1;
    if (!c->docker)
        c->portmap = false; /* there is no container that could have a host port */
    if (portset_parse(c->pool, CONFIG_POOL_LOWEST, &c->pool_ports, err))
        return err_wrap(err, "[portmap] pool = %s", c->pool);
    if (c->lb && c->http_port && c->http_port == c->stats_port)
        return err_set(err, "[lb] http_port and stats_port are both %u: give them different ports",
                       c->http_port);
    if (c->lb && c->manage && *c->lb_sockets)
        return err_set(err, "[lb] sockets is for HAProxys that others start: say manage = no too");
    if (c->lb && !catalog_can_be_read(c->registry))
        return err_set(err,
                       "[registrator] registry = %s tells nothing that HAProxy could serve: "
                       "use Consul or local there, or say [lb] enabled = no",
                       c->registry);
    if (dubbo_options_finish(c, err))
        return -1;
    if (!*c->consul_cert_file != !*c->consul_key_file)
        return err_set(err, "[registrator] consul_cert_file and consul_key_file belong together");
    if (c->lb && c->portmap) {
        unsigned ports[] = {c->http_port, c->stats_port};

        for (size_t i = 0; i < ARRAY_LEN(ports); i++)
            if (portset_has(&c->pool_ports, ports[i]))
                return err_set(err,
                               "[lb] %s = %u lies in [portmap] pool = %s: choose a port outside it",
                               i ? "stats_port" : "http_port", ports[i], c->pool);
    }
    return 0;
}
