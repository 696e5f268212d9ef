/* What labels and environment say of the host port of container port 80. */
#include "portmap/asked.h"

#include <stdlib.h>

#include "lib/clean.h"
#include "tests/tap.h"

static const struct {
    const char *name;
    const char *label_port, *label_addr, *env_port, *env_addr; /* NULL: not said */
    unsigned port;
    const char *addr, *refusal;
} tests[] = {
    {.name = "nothing"},
    {.name = "a label", .label_port = "28005", .port = 28005},
    {.name = "a variable", .env_port = "28006", .port = 28006},
    {.name = "the label wins", .label_port = "28005", .env_port = "28006", .port = 28005},
    {.name = "an empty label says nothing", .label_port = "", .env_port = "1", .port = 1},
    {.name = "the highest", .label_port = "65535", .port = 65535},
    {.name = "too high",
     .label_port = "65536",
     .refusal = "berth.80.host-port=65536 is no port; give a number of the pool"},
    {.name = "zero",
     .label_port = "0",
     .refusal = "berth.80.host-port=0 is no port; give a number of the pool"},
    {.name = "a word",
     .label_port = "many",
     .env_port = "28006",
     .refusal = "berth.80.host-port=many is no port; give a number of the pool"},
    {.name = "a sign",
     .label_port = "+5",
     .refusal = "berth.80.host-port=+5 is no port; give a number of the pool"},
    {.name = "something behind it",
     .label_port = "5 ",
     .refusal = "berth.80.host-port=5  is no port; give a number of the pool"},
    {.name = "a long one is cut",
     .label_port = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg",
     .refusal = "berth.80.host-port=aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"
                "ffffffffffgggg is no port; give a number of the pool"},
    {.name = "an address", .label_addr = "10.0.0.1", .addr = "10.0.0.1"},
    {.name = "an IPv6 address, and a port",
     .env_addr = "2001:db8::1",
     .label_port = "28005",
     .port = 28005,
     .addr = "2001:db8::1"},
    {.name = "every address", .label_addr = "0.0.0.0", .addr = ""},
    {.name = "every address, IPv6", .label_addr = "::", .addr = ""},
    {.name = "a network",
     .label_addr = "10.0.0.0/8",
     .refusal = "berth.80.host-ip=10.0.0.0/8 is no address of a host; give one of this host, or "
                "0.0.0.0"},
    {.name = "a group",
     .label_addr = "224.0.0.1",
     .refusal = "berth.80.host-ip=224.0.0.1 is no address of a host; give one of this host, or "
                "0.0.0.0"},
    {.name = "a group, IPv6",
     .label_addr = "ff02::1",
     .refusal = "berth.80.host-ip=ff02::1 is no address of a host; give one of this host, or "
                "0.0.0.0"},
};

static void say(struct kvs *to, const char *port, const char *addr)
{
    kvs_add(to, "berth.81.host-port", "1234");
    if (port)
        kvs_add(to, "berth.80.host-port", port);
    if (addr)
        kvs_add(to, "berth.80.host-ip", addr);
}

int main(void)
{
    struct asked asked;
    char addr[IPADDR_STRLEN];

    for (size_t i = 0; i < ARRAY_LEN(tests); i++) {
        struct kvs labels = {0}, env = {0};

        say(&labels, tests[i].label_port, tests[i].label_addr);
        say(&env, tests[i].env_port, tests[i].env_addr);
        asked_read(&labels, &env, 80, &asked);
        is_int(asked.port, tests[i].port, "%s: port", tests[i].name);
        is_str(ipaddr_format(&asked.addr, addr), tests[i].addr ? tests[i].addr : "", "%s: address",
               tests[i].name);
        is_str(asked.refusal, tests[i].refusal, "%s: refusal", tests[i].name);
        free(asked.refusal);
        kvs_done(&labels);
        kvs_done(&env);
    }
    asked_read(NULL, NULL, 80, &asked);
    ok(!asked.port && !asked.addr.family && !asked.refusal, "neither labels nor environment");
    return tap_done();
}
