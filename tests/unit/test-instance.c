#include "registrator/instance.h"

#include <stdlib.h>

#include "lib/xmalloc.h"
#include "tests/tap.h"

static struct instance make(const char *service, const char *node, const char *id)
{
    struct instance i = {.id = xstrdup(id),
                         .service = xstrdup(service),
                         .node = xstrdup(node),
                         .address = xstrdup("192.0.2.1"),
                         .port = 80,
                         .container_address = xstrdup("172.17.0.2"),
                         .container_port = 8080};

    strv_add(&i.tags, "a");
    kvs_add(&i.meta, "k", "v");
    return i;
}

static void test_order(void)
{
    static const char *const keys[][3] = {
        {"a", "n", "i"}, {"a", "n", "j"}, {"a", "o", "a"}, {"b", "a", "a"}};

    for (size_t x = 0; x < 4; x++)
        for (size_t y = 0; y < 4; y++) {
            struct instance a = make(keys[x][0], keys[x][1], keys[x][2]);
            struct instance b = make(keys[y][0], keys[y][1], keys[y][2]);
            int order = instance_cmp(&a, &b);

            is_int((order > 0) - (order < 0), (x > y) - (x < y), "order of %zu and %zu", x, y);
            instance_done(&a);
            instance_done(&b);
        }
}

static void replace(char **s, const char *value)
{
    free(*s);
    *s = value ? xstrdup(value) : NULL;
}

static void change(struct instance *i, int member)
{
    switch (member) {
    case 0:
        replace(&i->id, "other");
        break;
    case 1:
        replace(&i->service, "other");
        break;
    case 2:
        replace(&i->node, "other");
        break;
    case 3:
        replace(&i->address, "other");
        break;
    case 4:
        i->port++;
        break;
    case 5:
        replace(&i->container_address, NULL);
        break;
    case 6:
        i->container_port++;
        break;
    case 7:
        strv_add(&i->tags, "b");
        break;
    case 8:
        kvs_set(&i->meta, "k", "w");
        break;
    case 9:
        i->state = INSTANCE_DRAINING;
        break;
    case 10:
        replace(&i->address6, "2001:db8::1");
        break;
    case 11:
        i->weight = 2;
        break;
    case 12:
        i->weight_warning = 2;
        break;
    case 13:
        i->tag_override = true;
        break;
    case 14:
        i->fed = true;
        break;
    }
}

static void test_equality(void)
{
    struct instance i = make("s", "n", "i"), copy;

    instance_copy(&copy, &i);
    ok(instance_equal(&i, &copy), "a copy is equal");
    instance_done(&copy);
    for (int member = 0; member <= 14; member++) {
        instance_copy(&copy, &i);
        change(&copy, member);
        ok(!instance_equal(&i, &copy), "member %d counts", member);
        instance_done(&copy);
    }
    instance_done(&i);
}

static void test_satisfied(void)
{
    struct instance wanted = make("s", "n", "i"), actual = make("s", "n", "i");

    ok(instance_satisfied(&wanted, &actual), "the same satisfies");
    strv_add(&actual.tags, "foreign");
    ok(!instance_satisfied(&wanted, &actual), "other tags do not");
    wanted.tag_override = true;
    ok(!instance_satisfied(&wanted, &actual), "unless both leave them to others");
    actual.tag_override = true;
    ok(instance_satisfied(&wanted, &actual), "as here");
    actual.port++;
    ok(!instance_satisfied(&wanted, &actual), "but nothing else differs");
    instance_done(&wanted);
    instance_done(&actual);
}

static void test_weights(void)
{
    struct instance i = {0};

    is_int(instance_weight(&i), 1, "nothing said counts as 1");
    i.weight = 5;
    is_int(instance_weight(&i), 5, "what is said counts");
    i.state = INSTANCE_WARNING;
    is_int(instance_weight(&i), 1, "another one with a warning");
    i.weight_warning = 2;
    is_int(instance_weight(&i), 2, "which can be said");
    for (int state = INSTANCE_DRAINING; state <= INSTANCE_CRITICAL; state++) {
        i.state = (enum instance_state)state;
        is_int(instance_weight(&i), 0, "nothing new when %s", instance_state_name(i.state));
        is_int(instance_state_serves(i.state), state == INSTANCE_DRAINING, "connections when %s",
               instance_state_name(i.state));
    }
}

static void test_lists(void)
{
    struct instances l = {0}, copy = {0};

    *instances_add(&l) = make("b", "n", "1");
    *instances_add(&l) = make("a", "n", "2");
    *instances_add(&l) = make("a", "n", "1");
    instances_sort(&l);
    is_str(l.v[0].service, "a", "sorted by service");
    is_str(l.v[1].id, "2", "then by id");
    instances_copy(&copy, &l);
    ok(instances_equal(&l, &copy), "a copied list is equal");
    copy.v[2].port = 1;
    ok(!instances_equal(&l, &copy), "a changed one is not");
    instances_done(&copy);
    ok(!instances_equal(&l, &copy), "nor is a shorter one");
    instances_done(&l);
    instances_sort(&l);
    is_int((long long)l.n, 0, "an empty list can be sorted");
}

static void test_join(void)
{
    struct instances now = {0}, before = {0}, both = {0};

    *instances_add(&now) = make("a", "n", "1");
    *instances_add(&now) = make("b", "n", "1");
    *instances_add(&before) = make("a", "n", "1");
    before.v[0].port = 81;
    *instances_add(&before) = make("a", "n", "2");
    *instances_add(&before) = make("c", "n", "1");
    instances_join(&now, &before, &both);
    if (is_int((long long)both.n, 4, "what is now, and what was and is not")) {
        is_int(both.v[0].port, 80, "of one in both, what is now counts");
        is_str(both.v[1].id, "2", "one that is gone stays in its place");
        is_str(both.v[2].service, "b", "one that is new is there");
        is_str(both.v[3].service, "c", "a service that is gone stays");
    }
    instances_done(&now);
    instances_done(&before);
    instances_done(&both);
}

int main(void)
{
    test_join();
    test_order();
    test_equality();
    test_satisfied();
    test_weights();
    test_lists();
    is_str(instance_state_name(INSTANCE_PASSING), "passing", "passing");
    is_str(instance_state_name(INSTANCE_DRAINING), "draining", "draining");
    is_str(instance_state_name(INSTANCE_CRITICAL), "critical", "critical");
    return tap_done();
}
