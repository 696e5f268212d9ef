/* Who may ask the admin server, and for what. */
#include "agent/admin_guard.h"

#include "tests/tap.h"

#define TOKEN "0123456789abcdef"
#define READ 0
#define WRITE 1

static const struct admin_guard plain = {.node = "n1", .hosts = "", .socket = "/run/s"};
static const struct admin_guard names = {
    .node = "n1", .hosts = "berth.example, other.example", .socket = "/run/s", .token = TOKEN};
static const struct admin_guard closed = {
    .node = "n1", .hosts = "", .socket = "", .token = TOKEN, .token_reads = true};
static const struct admin_guard read_only = {
    .node = "n1", .hosts = "", .socket = "/run/s", .token = TOKEN, .read_only = true};

static const struct {
    const char *name;
    const struct admin_guard *guard;
    bool is_write;
    const char *host, *origin, *authorization;
    unsigned status;
} rows[] = {
    {"an address", &plain, READ, "127.0.0.1:7707", NULL, NULL, 0},
    {"an address without a port", &plain, READ, "10.0.0.1", NULL, NULL, 0},
    {"an IPv6 address", &plain, READ, "[::1]:7707", NULL, NULL, 0},
    {"an IPv6 address without brackets", &plain, READ, "::1", NULL, NULL, 403},
    {"an IPv4 address in brackets", &plain, READ, "[127.0.0.1]", NULL, NULL, 403},
    {"a bracket that stays open", &plain, READ, "[::1", NULL, NULL, 0},
    {"localhost", &plain, READ, "LocalHost:7707", NULL, NULL, 0},
    {"the node", &plain, READ, "n1:7707", NULL, NULL, 0},
    {"no Host", &plain, READ, NULL, NULL, NULL, 0},
    {"an empty Host", &plain, READ, "", NULL, NULL, 403},
    {"a foreign name", &plain, READ, "evil.example", NULL, NULL, 403},
    {"a name that begins like an address", &plain, READ, "127.0.0.1.evil.example", NULL, NULL, 403},
    {"a name that begins like the node", &plain, READ, "n1.evil.example", NULL, NULL, 403},
    {"a listed name", &names, READ, "Berth.Example:80", NULL, NULL, 0},
    {"another listed name", &names, READ, "other.example", NULL, NULL, 0},
    {"the beginning of a listed name", &names, READ, "berth.exampl", NULL, NULL, 403},
    {"a list instead of a name", &names, READ, "berth.example, other.example", NULL, NULL, 403},
    {"our own page", &plain, READ, "127.0.0.1:7707", "http://127.0.0.1:7707", NULL, 0},
    {"our own page behind TLS", &names, READ, "berth.example", "https://berth.example", NULL, 0},
    {"another site", &plain, READ, "127.0.0.1:7707", "http://evil.example", NULL, 403},
    {"another port", &plain, READ, "127.0.0.1:7707", "http://127.0.0.1:80", NULL, 403},
    {"a sandbox", &plain, READ, "127.0.0.1:7707", "null", NULL, 403},
    {"an Origin without a Host", &plain, READ, NULL, "http://127.0.0.1", NULL, 403},
    {"a write", &plain, WRITE, "127.0.0.1", NULL, NULL, 403},
    {"a write with some token, where none is taken", &plain, WRITE, "127.0.0.1", NULL,
     "Bearer " TOKEN, 403},
    {"a write without the token", &names, WRITE, "127.0.0.1", NULL, NULL, 401},
    {"a write with it", &names, WRITE, "127.0.0.1", NULL, "Bearer " TOKEN, 0},
    {"bearer in small letters", &names, WRITE, "127.0.0.1", NULL, "bearer " TOKEN, 0},
    {"another token", &names, WRITE, "127.0.0.1", NULL, "Bearer 0123456789abcdeF", 401},
    {"the beginning of the token", &names, WRITE, "127.0.0.1", NULL, "Bearer 0123456789abcde", 401},
    {"the token twice", &names, WRITE, "127.0.0.1", NULL, "Bearer " TOKEN TOKEN, 401},
    {"no token behind Bearer", &names, WRITE, "127.0.0.1", NULL, "Bearer ", 401},
    {"another scheme", &names, WRITE, "127.0.0.1", NULL, "Basic " TOKEN, 401},
    {"the token from another site", &names, WRITE, "127.0.0.1", "http://evil.example",
     "Bearer " TOKEN, 403},
    {"a read that needs the token", &closed, READ, "127.0.0.1", NULL, NULL, 401},
    {"... with it", &closed, READ, "127.0.0.1", NULL, "Bearer " TOKEN, 0},
    {"a write where only reads are answered", &read_only, WRITE, "127.0.0.1", NULL, "Bearer " TOKEN,
     403},
    {"a read there", &read_only, READ, "127.0.0.1", NULL, NULL, 0},
};

static unsigned check(const struct admin_guard *g, const struct admin_asked *q, struct sbuf *why)
{
    unsigned status = admin_guard_check(g, q, why);

    ok((status != 0) == (why->len != 0), "a refusal says why, and nothing else does");
    return status;
}

static void test_rows(void)
{
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        CLEAN(sbuf) struct sbuf why = SBUF_INIT;
        const struct admin_asked q = {.is_write = rows[i].is_write,
                                      .host = rows[i].host,
                                      .origin = rows[i].origin,
                                      .authorization = rows[i].authorization};

        is_int(check(rows[i].guard, &q, &why), rows[i].status, "%s", rows[i].name);
    }
}

static void test_socket(void)
{
    CLEAN(sbuf) struct sbuf none = SBUF_INIT, why = SBUF_INIT;
    const struct admin_asked q = {.local = true, .is_write = true, .host = "evil.example"};

    is_int(check(&closed, &q, &none), 0, "the socket asks for nothing");
    is_int(check(&read_only, &q, &why), 403, "but nothing is changed there either");
    is_str(sbuf_str(&why), "nothing is changed here: [agent] admin_read_only = yes\n",
           "... and it says why");
}

static void test_open(void)
{
    CLEAN(sbuf) struct sbuf none = SBUF_INIT, why = SBUF_INIT;
    const struct admin_asked q = {.is_open = true, .host = "127.0.0.1"};
    const struct admin_asked foreign = {.is_open = true, .host = "evil.example"};

    is_int(check(&closed, &q, &none), 0, "what is open needs no token");
    is_int(check(&closed, &foreign, &why), 403, "... but a name of ours");
}

static void test_fetch(void)
{
    static const struct {
        const char *name, *site, *dest;
        bool is_open;
        unsigned status;
    } asked[] = {
        {"our own page", "same-origin", "empty", false, 0},
        {"a person", "none", "document", false, 0},
        {"a link of another site", "cross-site", "document", false, 0},
        {"an image of another site", "cross-site", "image", false, 403},
        {"a frame of another site", "cross-site", "iframe", false, 403},
        {"a request without an Origin", "cross-site", "empty", false, 403},
        {"another port of this host", "same-site", "empty", false, 403},
        {"another site that does not say what for", "cross-site", NULL, false, 403},
        {"what is open", "cross-site", "image", true, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        CLEAN(sbuf) struct sbuf why = SBUF_INIT;
        const struct admin_asked q = {.is_open = asked[i].is_open,
                                      .host = "127.0.0.1",
                                      .fetch_site = asked[i].site,
                                      .fetch_dest = asked[i].dest};

        is_int(check(&plain, &q, &why), asked[i].status, "%s", asked[i].name);
    }
}

static void test_words(void)
{
    CLEAN(sbuf) struct sbuf why = SBUF_INIT, without = SBUF_INIT;
    const struct admin_asked q = {.is_write = true, .host = "127.0.0.1"};

    admin_guard_check(&plain, &q, &why);
    is_str(sbuf_str(&why),
           "nothing is changed over TCP without a token: ask at /run/s, or set [agent] "
           "admin_token_file\n",
           "it says where to ask");
    admin_guard_check(&closed, &q, &without);
    is_str(sbuf_str(&without),
           "this needs `Authorization: Bearer TOKEN` with the token of the file that [agent] "
           "admin_token_file names\n",
           "and what is needed");
}

int main(void)
{
    test_rows();
    test_socket();
    test_open();
    test_fetch();
    test_words();
    return tap_done();
}
