#include "agent/command.h"

#include "agent/order.h"
#include "lib/json.h"

static const char help[] =
    "usage: berth reload [OPTION]...\n"
    "\n"
    "Has the agent on this host read its configuration again, and says what has changed and what\n"
    "takes a restart. One that cannot be used changes nothing: exit status 1, and why. SIGHUP "
    "does\n"
    "the same.\n"
    "\n" ORDER_OPTIONS;

static void print(const json_t *answer, struct sbuf *out);
static void add_list(struct sbuf *out, const char *title, const json_t *list);

int command_reload(int argc, char **argv)
{
    return order_run(&(struct order){.help = help, .path = "/v1/reload", .print = print}, argc,
                     argv);
}

static void print(const json_t *answer, struct sbuf *out)
{
    const json_t *changed = json_arr(answer, "changed");
    const json_t *pending = json_arr(answer, "needs_restart");
    const char *error = json_str(answer, "error");

    if (error) {
        sbuf_adds(out, "berth: the configuration stays as it was: ");
        sbuf_add_printable(out, error);
        sbuf_addch(out, '\n');
        return;
    }
    if (json_array_size(changed))
        add_list(out, "changed", changed);
    else
        sbuf_adds(out, "no option has changed; files that options name were read again\n");
    if (json_array_size(pending))
        add_list(out, "takes a restart", pending);
}

static void add_list(struct sbuf *out, const char *title, const json_t *list)
{
    sbuf_addf(out, "%s:", title);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));

        sbuf_adds(out, i ? ", " : " ");
        sbuf_add_printable(out, name ? name : "?");
    }
    sbuf_addch(out, '\n');
}
