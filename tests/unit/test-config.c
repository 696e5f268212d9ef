/* berth's option table: what is refused, and how it says so. */
#include "agent/config.h"

#include <stdio.h>
#include <string.h>

#include "tests/tap.h"

static void test_defaults(void)
{
    struct config c = {0};

    conf_defaults(&config_table, &c);
    is_int(config_finish(&c, NULL), 0, "the defaults are good together");
    CLEAN(free_str) char *pool = portset_format(&c.pool_ports);
    is_str(pool, "28000-29999", "the pool is 28000 to 29999");
    is_int(c.mark, 0x04000000, "the mark is one bit");
    is_str(c.registry, "local", "the registry is local");
    conf_done(&config_table, &c);
}

static void test_values(void)
{
    static const struct {
        const char *set;
        const char *wanted; /* NULL: it is taken */
    } rows[] = {
        {"portmap.pool=20000-20010", NULL},
        {"portmap.pool=20000-20010,20020-20030", NULL},
        {"portmap.pool=20000-20010,20010-20030", "[portmap] pool = 20000-20010,20010-20030: "
                                                 "20010-20010 is in it twice: give ranges that do "
                                                 "not overlap"},
        {"portmap.pool=20010-20000",
         "[portmap] pool = 20010-20000: it must be FIRST-LAST with 1024 <= FIRST <= LAST <= 65535, "
         "or a list of such, as in 28000-28999,29500-29999"},
        {"portmap.pool=80-90",
         "[portmap] pool = 80-90: it must be FIRST-LAST with 1024 <= FIRST <= LAST <= 65535, or a "
         "list of such, as in 28000-28999,29500-29999"},
        {"portmap.pool=28000-99999",
         "[portmap] pool = 28000-99999: it must be FIRST-LAST with 1024 <= FIRST <= LAST <= 65535, "
         "or a list of such, as in 28000-28999,29500-29999"},
        {"portmap.mark=0x40", NULL},
        {"portmap.mark=3",
         "[portmap] mark = 3: it must be a number with one bit set, as in 0x04000000"},
        {"lb.http_port=29000",
         "[lb] http_port = 29000 lies in [portmap] pool = 28000-29999: choose a port outside it"},
        {"lb.http_port=70000", "[lb] http_port = 70000: it must be a whole number from 0 to 65535"},
        {"lb.stats_port=80",
         "[lb] http_port and stats_port are both 80: give them different ports"},
        {"lb.bind=everywhere", "[lb] bind = everywhere: it must be * or an IP address"},
        {"lb.haproxy=haproxy", "[lb] haproxy = haproxy: it must be an absolute path"},
        {"lb.template=own.ctmpl", "[lb] template = own.ctmpl: it must be an absolute path"},
        {"agent.node=a b", "[agent] node = a b: it may have letters, digits, '-', '.' and '_', at "
                           "most 128"},
        {"agent.address=10.0.0.1", NULL},
        {"agent.address=0.0.0.0", "[agent] address = 0.0.0.0: it must be an IPv4 address of this "
                                  "host, without a port"},
        {"agent.admin=7707",
         "[agent] admin = 7707: it must be an IPv4 address and a port, as in 127.0.0.1:7707"},
        {"agent.log_level=loud", "[agent] log_level = loud: it must be err, warn, info or debug"},
        {"registrator.registry=http://127.0.0.1:8500", NULL},
        {"registrator.registry=consul-unix:///run/consul.sock", NULL},
        {"registrator.registry=redis://x",
         "[registrator] registry = redis://x: it must be local, http://, https://, unix://, "
         "consul://, consul-unix://, consul-tls://, consulkv://, consulkv-unix:// or zookeeper://"},
        {"registrator.registry=consulkv://x/y",
         "[registrator] registry = consulkv://x/y tells nothing that HAProxy could serve: use "
         "Consul or local there, or say [lb] enabled = no"},
        {"registrator.registry=http://user:password@x:8500",
         "[registrator] registry: a name and a password do not stand in an address; berth.conf(5) "
         "has the option for a file with them"},
        {"marathon.url=http://user:password@x:8080",
         "[marathon] url: a name and a password do not stand in an address; berth.conf(5) has the "
         "option for a file with them"},
        {"agent.admin_socket=admin.sock",
         "[agent] admin_socket = admin.sock: it must be an absolute path, or auto"},
        {"agent.admin_socket=auto", NULL},
        {"agent.admin_socket=", NULL},
        {"agent.admin_hosts=http://x",
         "[agent] admin_hosts = http://x: it must be host names, without ports, with commas "
         "between them"},
        {"agent.admin_hosts=a.example, b.example", NULL},
        {"agent.admin_token_reads=yes",
         "[agent] admin_token_reads = yes needs admin_token_file, too"},
        {"registrator.consul_cert_file=/c",
         "[registrator] consul_cert_file and consul_key_file belong together"},
        {"registrator.ip=here", "[registrator] ip = here: it must be an IP address"},
        {"registrator.ip=2001:db8::1", NULL},
        {"registrator.tags={{.ID}},{{toUpper .Name}}", NULL},
        {"registrator.tags={{httpGet .ID}}",
         "[registrator] tags = {{httpGet .ID}}: template: tags:1:3: function \"httpGet\" not "
         "defined: berth waits for nothing while it registers\n    {{httpGet .ID}}\n      ^"},
        {"registrator.deregister=never",
         "[registrator] deregister = never: it must be always or on-success"},
        {"agent.on_exit=drop", "[agent] on_exit = drop: it must be keep, deregister or "
                               "maintenance"},
        {"agent.admin=", NULL},
        {"docker.socket=tcp://127.0.0.1:2375", NULL},
        {"docker.drain_max=0", "[docker] drain_max = 0: it must be a number of seconds from 1 to "
                               "86400"},
        {"docker.port=80",
         "unknown key 'port' in [docker]; it has: enabled socket cert_path drain_max"},
        {"ip=1.2.3.4", "'ip=1.2.3.4' is not of the form section.key=value"},
        {"web.port=80",
         "unknown section [web]; there are: [agent] [docker] [portmap] [registrator] ..."},
        {"network.calico.reach=direct", NULL},
        {"network.my.net.reach=auto", NULL},
        {"driver.weave.reach=assigned", NULL},
        {"network.calico.reach=host",
         "[network \"calico\"] reach = host: it must be auto, assigned, "
         "direct or none"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct config c = {0};
        CLEAN(err) struct err *err = NULL;

        conf_defaults(&config_table, &c);
        int failed = conf_set(&config_table, &c, rows[i].set, &err) || config_finish(&c, &err);
        is_message(failed ? err_msg(err) : NULL, rows[i].wanted, "%s", rows[i].set);
        conf_done(&config_table, &c);
    }
}

int main(void)
{
    test_defaults();
    test_values();
    return tap_done();
}
