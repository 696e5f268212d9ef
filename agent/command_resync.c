#include "agent/command.h"

#include "agent/order.h"
#include "lib/json.h"

static const char help[] =
    "usage: berth resync [OPTION]...\n"
    "\n"
    "Has the agent on this host compare now what it does by itself every [agent] resync seconds:\n"
    "containers, the kernel, the registry, HAProxy. Returns when it has begun.\n"
    "\n" ORDER_OPTIONS;

static void print(const json_t *answer, struct sbuf *out);

int command_resync(int argc, char **argv)
{
    return order_run(&(struct order){.help = help, .path = "/v1/resync", .print = print}, argc,
                     argv);
}

static void print(const json_t *answer, struct sbuf *out)
{
    const json_t *kicked = json_arr(answer, "kicked");

    sbuf_adds(out, "compared now:");
    for (size_t i = 0; i < json_array_size(kicked); i++) {
        const char *name = json_string_value(json_array_get(kicked, i));

        sbuf_adds(out, i ? ", " : " ");
        sbuf_add_printable(out, name ? name : "?");
    }
    sbuf_addch(out, '\n');
}
