#include "registrator/vmfile.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "lib/endpoint.h"
#include "lib/sbuf.h"
#include "tests/tap.h"

/* What is wrong, and the whole message about it. */
static const struct {
    const char *name, *text, *wanted;
} bad[] = {
    {"key before a section", "port = 1\n",
     "line 1: a key before the first section; begin with [name of the service]"},
    {"unknown key", "[a]\nadress = 10.0.0.1\n",
     "line 2: there is no key \"adress\"; there are: address port protocol ..."},
    {"no key = value", "[a]\nport\n",
     "line 2: this is no \"key = value\", no [service] and no comment"},
    {"bad name", "[a b]\nport = 1\n",
     "line 2: a service's name has letters, digits, '.', '-' and '_' alone, at most 128; name the "
     "section [a-b]"},
    {"said twice", "[a]\nport = 1\nport = 2\n",
     "line 3: \"port\" is said twice in [a]; remove one"},
    {"port of zero", "[a]\nport = 0\n", "line 2: port = \"0\": it must be a port from 1 to 65535"},
    {"port beyond", "[a]\nport = 70000\n",
     "line 2: port = \"70000\": it must be a port from 1 to 65535"},
    {"address with port", "[a]\naddress = 10.0.0.1:80\n",
     "line 2: address = \"10.0.0.1:80\": it must be an IP address without a port, or a host name"},
    {"a broken address is no name", "[a]\naddress = 10.0.0.300\n",
     "line 2: address = \"10.0.0.300\": it must be an IP address without a port, or a host name"},
    {"address of everybody", "[a]\naddress = 0.0.0.0\n",
     "line 2: address = \"0.0.0.0\": nobody can dial this address; use the machine's"},
    {"empty address", "[a]\naddress =\n",
     "line 2: address = \"\": it must be an IP address or a host name"},
    {"protocol", "[a]\nprotocol = sctp\n", "line 2: protocol = \"sctp\": it must be tcp or udp"},
    {"mode", "[a]\nmode = h2\n", "line 2: mode = \"h2\": it must be http or tcp"},
    {"balance", "[a]\nbalance = static-rr\n",
     "line 2: balance = \"static-rr\": use roundrobin, leastconn, random, first, source or uri"},
    {"sticky", "[a]\nsticky = yes\n", "line 2: sticky = \"yes\": use true or false"},
    {"check_path", "[a]\ncheck_path = health\n",
     "line 2: check_path = \"health\": use a path of at most 255 bytes that begins with / and "
     "needs "
     "no quoting"},
    {"accept_proxy", "[a]\naccept_proxy = 1\n", "line 2: accept_proxy = \"1\": use true or false"},
    {"send_proxy", "[a]\nsend_proxy = v3\n",
     "line 2: send_proxy = \"v3\": use v1, v2, true or false"},
    {"balance twice", "[a]\nmeta.lb-balance = first\nbalance = first\n",
     "line 3: balance = \"first\": meta.lb-balance says it, too; remove one"},
    {"balance twice, the other way", "[a]\nbalance = first\nmeta.lb-balance = first\n",
     "line 3: meta.lb-balance = \"first\": another key says it, too; remove one"},
    {"wildcard", "[a]\nvhost = *.example.org\n",
     "line 2: vhost = \"*.example.org\": wildcards are not supported, list the host names"},
    {"weight", "[a]\nweight = 257\n",
     "line 2: weight = \"257\": it must be a whole number from 1 to 256"},
    {"check", "[a]\ncheck = ping\n",
     "line 2: check = \"ping\": it must be none, tcp or http followed by a path, as in http "
     "/health"},
    {"check without a path", "[a]\ncheck = http health\n",
     "line 2: check = \"http health\": the path begins with '/', as in http /health"},
    {"check with a blank", "[a]\ncheck = http /a b\n",
     "line 2: check = \"http /a b\": the path may have no blanks and no bytes beyond ASCII; escape "
     "them as %20"},
    {"interval", "[a]\ncheck_interval = 10s\n",
     "line 2: check_interval = \"10s\": it must be a number of seconds from 0.1 to 3600"},
    {"interval that is no number", "[a]\ncheck_interval = nan\n",
     "line 2: check_interval = \"nan\": it must be a number of seconds from 0.1 to 3600"},
    {"rise", "[a]\ncheck_rise = -1\n",
     "line 2: check_rise = \"-1\": it must be a whole number from 1 to 100"},
    {"meta key", "[a]\nmeta.a b = 1\n",
     "line 2: meta.a b = \"1\": the key behind 'meta.' has letters, digits, '-' and '_', at most "
     "128"},
    {"meta of berth's own", "[a]\nmeta.berth-file = x\n",
     "line 2: meta.berth-file = \"x\": 'berth-file' there is berth's own; choose another name"},
    {"control characters", "[a]\nmeta.k = a\001b\n",
     "line 2: meta.k = \"a\\x01b\": the value is UTF-8 of at most 512 bytes"},
    {"no address", "\n[a]\nport = 1\n", "line 2: [a] has no address; say address = 192.0.2.10"},
    {"no port", "[b]\naddress = vm1\nport = 1\n\n[a]\naddress = vm1\n",
     "line 5: [a] has no port; say port = 8080"},
    {"UDP cannot be connected to", "[a]\naddress = vm1\nport = 1\nprotocol = udp\n",
     "line 1: [a] is UDP, which cannot be checked by connecting; say check = none, or the "
     "check_port of something that answers on TCP"},
    {"long line",
     "[a]\ntags = 0123456789012345678901234567890123456789012345678901234567890123456789"
     "012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"
     "012345678901234567890123456789012345678901234567890123456789\n",
     "line 2: a line may have 199 bytes, this one has 227; say 'address' and 'tags' on several "
     "lines"},
};

static void show(const struct vm_services *l, struct sbuf *out)
{
    static const char *const checks[] = {"none", "tcp", "http"};

    for (size_t i = 0; i < l->n; i++) {
        const struct vm_service *s = &l->v[i];
        CLEAN(free_str) char *addresses = strv_join(&s->addresses, " ");
        CLEAN(free_str) char *tags = strv_join(&s->tags, "|");

        sbuf_addf(out, "%s at %s port %u/%s service_port %u vhost %s mode %s tags %s weight %u\n",
                  s->name, addresses, s->port, protocol_name(s->protocol), s->service_port,
                  s->vhost ? s->vhost : "-", s->mode ? s->mode : "-", tags, s->weight);
        sbuf_addf(out, "    check %s %s port %u every %g s within %g s rise %u fall %u\n",
                  checks[s->check.type], s->check.path ? s->check.path : "-", s->check.port,
                  s->check.interval, s->check.timeout, s->check.rise, s->check.fall);
        for (size_t k = 0; k < s->meta.n; k++)
            sbuf_addf(out, "    %s=%s\n", s->meta.v[k].key, s->meta.v[k].value);
    }
}

static void test_bad(void)
{
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        CLEAN(err) struct err *err = NULL;
        struct vm_services l = {0};

        ok(vmfile_parse(bad[i].text, &l, &err) && !l.n, "refused: %s", bad[i].name);
        is_message(err_msg(err), bad[i].wanted, "message: %s", bad[i].name);
    }
}

static void test_good(void)
{
    static const char text[] =
        "# Billing runs on two machines.\n"
        "[billing]\n"
        "address = 10.0.0.5, vm2.example.org\n"
        "address = 2001:db8::5,10.0.0.5\n"
        "port = 8080\nservice_port = 9000\nvhost = Billing.example.org, b.example.org\n"
        "mode = http\ntags = a\\,b,c\ntags = d\nweight = 10\n"
        "check = http /health?x=1\ncheck_port = 8081\ncheck_interval = 2.5\ncheck_timeout = 1\n"
        "check_rise = 1\ncheck_fall = 5\nbalance = source\nsticky = true\n"
        "check_path = /h?a=1\naccept_proxy = true\nsend_proxy = true\nmeta.owner = team-a\n"
        "\n[dns]\naddress = 10.0.0.6\nport = 53\nprotocol = udp\ncheck = none\n"
        "\n[plain]\naddress = 10.0.0.7\nport = 1\n";
    CLEAN(err) struct err *err = NULL;
    CLEAN(sbuf) struct sbuf out = SBUF_INIT;
    struct vm_services l = {0};

    ok(!vmfile_parse(text, &l, &err), "a good file");
    show(&l, &out);
    is_golden(sbuf_str(&out), "registrator/vm-file.txt");
    vm_services_done(&l);
    ok(!vmfile_parse("", &l, &err) && !l.n, "an empty file declares nothing");
}

static void test_example(void)
{
    CLEAN(free_str) char *text = tests_read("../conf/services.d/example.conf", NULL);
    CLEAN(err) struct err *err = NULL;
    struct vm_services l = {0};

    ok(!vmfile_parse(text, &l, &err) && l.n == 1, "the example is good: %s",
       err ? err_msg(err) : "");
    vm_services_done(&l);
}

static void test_stem(void)
{
    static const struct {
        const char *file, *stem;
    } names[] = {
        {"billing.conf", "billing"}, {"a.b-c_1.conf", "a.b-c_1"}, {".conf", NULL},
        {".hidden.conf", NULL},      {"billing.conf~", NULL},     {"billing", NULL},
        {"a b.conf", NULL},          {"a/b.conf", NULL},          {"", NULL},
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        CLEAN(free_str) char *stem = vmfile_stem(names[i].file);

        is_str(stem, names[i].stem, "stem of '%s'", names[i].file);
    }
}

int main(void)
{
    test_bad();
    test_good();
    test_example();
    test_stem();
    return tap_done();
}
