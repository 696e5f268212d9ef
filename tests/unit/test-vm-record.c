#include "registrator/vmrecord.h"

#include <stdlib.h>
#include <string.h>

#include "lib/json.h"
#include "lib/sbuf.h"
#include "lib/xmalloc.h"
#include "registrator/vmfile.h"
#include "tests/tap.h"

static const char declared[] =
    "[web]\naddress = 10.0.0.5\nport = 80\nservice_port = 8081\ntags = a,b\nweight = 7\n"
    "vhost = web.example.org\nmode = http\nmeta.owner = me\n"
    "[dns]\naddress = 10.0.0.5\nport = 53\nprotocol = udp\ncheck = none\n";

static const char nodes[] =
    "[{\"Node\":\"vm-a-10-0-0-5\",\"Address\":\"10.0.0.5\",\"Meta\":{\"managed-by\":\"berth\","
    "\"berth-file\":\"a\",\"berth-node\":\"n1\",\"berth-digest\":\"%s\"}},"
    "{\"Node\":\"aa\",\"Meta\":{\"managed-by\":\"berth\"}},"
    "{\"Node\":\"bb\",\"Meta\":{\"managed-by\":\"somebody\",\"berth-file\":\"a\"}},"
    "{\"Node\":7},null]";

static const char checks[] =
    "[{\"Node\":\"vm-a-10-0-0-5\",\"CheckID\":\"berth:vm-a-10-0-0-5:web:80\",\"Status\":\"%s\","
    "\"ServiceID\":\"vm-a-10-0-0-5:web:80\",\"ServiceName\":\"web\"},"
    "{\"Node\":\"vm-a-10-0-0-5\",\"CheckID\":\"berth:vm-a-10-0-0-5:%s\",\"Status\":\"passing\","
    "\"ServiceID\":\"vm-a-10-0-0-5:%s\",\"ServiceName\":\"x\"},"
    "{\"Node\":\"vm-a-10-0-0-5\",\"CheckID\":\"mine\",\"Status\":\"critical\",\"ServiceID\":\"s\"},"
    "{\"Node\":\"elsewhere\",\"CheckID\":\"berth:s\",\"Status\":\"critical\",\"ServiceID\":\"s\"},"
    "[]]";

/* The group of 'declared', with its web server in that state. */
static void make_group(struct vm_services *services, enum vm_state web, struct vm_groups *ret)
{
    struct vm_target v[2] = {{.file = "a", .state = web, .why = web == VM_DOWN ? "refused" : NULL},
                             {.file = "a", .state = VM_UP}};

    ok(!vmfile_parse(declared, services, NULL), "the file is good");
    for (size_t i = 0; i < 2; i++) {
        v[i].service = &services->v[i];
        ipaddr_parse("10.0.0.5", &v[i].address);
    }
    vm_groups_make(v, 2, ret);
}

static void read_records(const char *digest, const char *status, const char *second,
                         struct vm_records *ret)
{
    CLEAN(sbuf) struct sbuf n = SBUF_INIT, c = SBUF_INIT;
    CLEAN(err) struct err *err = NULL;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    sbuf_addf(&n, nodes, digest);
    sbuf_addf(&c, checks, status, second, second);
#pragma GCC diagnostic pop
    ok(!vm_records_read(n.data, n.len, c.data, c.len, ret, &err), "the answers can be read");
}

/* What the transaction for 'group' would write as the node's digest. */
static char *digest_of(const char *txn)
{
    CLEAN(json) json_t *j = json_loads(txn, 0, NULL);
    const json_t *node = json_obj(json_obj(json_array_get(j, 1), "Node"), "Node");

    return xstrdup(json_str(json_obj(node, "Meta"), "berth-digest"));
}

static void is_pretty(const char *txn, const char *golden)
{
    CLEAN(json) json_t *j = json_loads(txn, 0, NULL);
    CLEAN(free_str) char *text = json_dumps(j, JSON_INDENT(2));
    CLEAN(sbuf) struct sbuf lines = SBUF_INIT;

    sbuf_addf(&lines, "%s\n", text);
    is_golden(sbuf_str(&lines), golden);
}

static bool matches(const char *digest, const char *status, const char *second,
                    const struct vm_group *g)
{
    struct vm_records l = {0};

    read_records(digest, status, second, &l);
    bool same = l.n == 1 && vm_record_matches(&l.v[0], g);
    vm_records_done(&l);
    return same;
}

static void test_matching(const struct vm_group *up, const struct vm_group *down)
{
    CLEAN(free_str) char *txn = vm_record_put(NULL, up, "n1", "key", "session");
    CLEAN(free_str) char *digest = digest_of(txn);

    ok(matches(digest, "passing", "dns:53:udp", up), "it is there as it is");
    ok(!matches(digest, "critical", "dns:53:udp", up), "another state");
    ok(matches(digest, "critical", "dns:53:udp", down), "the state is no part of the digest");
    ok(!matches("0", "passing", "dns:53:udp", up), "another definition");
    ok(!matches(digest, "passing", "old:1", up), "another service");
}

static void test_transactions(const struct vm_group *down)
{
    struct vm_records l = {0};

    read_records("0", "passing", "old:1", &l);
    CLEAN(free_str) char *change = vm_record_put(&l.v[0], down, "n1", "the/key", "the-session");
    CLEAN(free_str) char *removal = vm_record_remove(&l.v[0], "the/key", "the-session");
    is_pretty(change, "registrator/vm-put.json");
    is_pretty(removal, "registrator/vm-remove.json");
    vm_records_done(&l);
}

/* A machine's Dubbo services beside those that are checked: their state is the checked one's. */
static void test_dubbo(void)
{
    static const char text[] = "[greet]\naddress = 10.0.0.5\nport = 20880\n"
                               "dubbo = com.acme.Greeter:1.0, com.acme.Clock, com.acme.Odd$Inner\n"
                               "dubbo_weight = 20\n"
                               "[plain]\naddress = 10.0.0.5\nport = 80\n";
    struct vm_services services = {0};
    struct vm_groups l = {0};
    struct problems problems = {0};

    ok(!vmfile_parse(text, &services, NULL), "the file is good");
    struct vm_target v[2] = {{.file = "a", .state = VM_DOWN, .why = "refused"},
                             {.file = "a", .state = VM_UP}};
    for (size_t i = 0; i < 2; i++) {
        v[i].service = &services.v[i];
        ipaddr_parse("10.0.0.5", &v[i].address);
    }
    vm_groups_make(v, 2, &l);
    vm_groups_add_dubbo(&l, &problems);
    is_int((long long)l.v[0].n, 4, "two services, and two of Dubbo's");
    const struct vm_member *m = &l.v[0].v[2];
    is_str(m->instance.id, "vm-a-10-0-0-5:greet:20880+com.acme.Greeter:1.0:", "id");
    is_str(m->instance.service, "com.acme.Greeter", "the interface is the service");
    is_str(m->instance.tags.v[0], "dubbo", "tag");
    is_str(kvs_get(&m->instance.meta, "url"),
           "dubbo://10.0.0.5:20880/com.acme.Greeter?anyhost=true&application=greet&"
           "category=providers&deprecated=false&dubbo=2.0.2&dynamic=true&generic=false&"
           "interface=com.acme.Greeter&protocol=dubbo&side=provider&version=1.0&weight=20",
           "url");
    is_int(m->state, VM_DOWN, "its state is the service's");
    is_str(m->why, "refused", "so is the reason");
    is_int((long long)problems.n, 1, "a name that Consul does not take is told");
    is_str(problems.v[0].subject, "machine vm-a-10-0-0-5", "of the machine");
    problems_done(&problems);
    vm_groups_done(&l);
    vm_services_done(&services);
}

int main(void)
{
    struct vm_services s1 = {0}, s2 = {0};
    struct vm_groups up = {0}, down = {0};
    struct vm_records l = {0};

    make_group(&s1, VM_UP, &up);
    make_group(&s2, VM_DOWN, &down);
    is_int((long long)up.n, 1, "one machine is one node");
    test_matching(&up.v[0], &down.v[0]);
    test_transactions(&down.v[0]);
    test_dubbo();
    ok(vm_records_read("{}", 2, "[]", 2, &l, NULL), "an answer that is no list is refused");
    vm_groups_done(&up);
    vm_groups_done(&down);
    vm_services_done(&s1);
    vm_services_done(&s2);
    return tap_done();
}
