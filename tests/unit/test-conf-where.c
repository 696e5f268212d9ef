/* Where in a configuration file an option is set. */
#include "lib/conf_where.h"

#include "lib/clean.h"
#include "tests/tap.h"

static const char file[] = "# [body]\n"
                           "[body]\n"
                           "  legs = 4\n"
                           "#age = 1\n"
                           "\n"
                           "[animal] ; two\n"
                           "name=legs = 5\n"
                           "wings: yes\n"
                           "[owner \"A b.c\"]\n"
                           "cats = 1\n"
                           "[body]\n"
                           "legs\t= 6\n"
                           "legsx = 7\n"
                           "[owner \"";

int main(void)
{
    static const struct {
        const char *name;
        unsigned line;
    } rows[] = {
        {"body.legs", 12},
        {"body.age", 0},
        {"animal.name", 7},
        {"animal.wings", 8},
        {"animal.legs", 0},
        {"owner.A b.c.cats", 10},
        {"owner.A b.cats", 0},
        {"body.legsx", 13},
        {"body.leg", 0},
        {"legs", 0},
        {"", 0},
        {"owner.A b.c", 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        is_int(conf_where(file, rows[i].name), rows[i].line, "%s", rows[i].name);
    is_int(conf_where("", "a.b"), 0, "an empty file sets nothing");
    is_int(conf_where("[a]\nb = 1", "a.b"), 2, "a last line without an end");
    return tap_done();
}
