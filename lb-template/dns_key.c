#include "lb-template/dns_key.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base64.h"
#include "lib/sbuf.h"
#include "lib/secret.h"
#include "lib/xmalloc.h"

#define WORD_MAX 512 /* bytes of a name or a secret */

static const char *skip_blanks(const char *p);
static const char *read_word(const char *p, char ret[WORD_MAX + 1]);
static int read_clauses(const char *p, struct dns_key *ret, struct err **err);
static int set_clause(struct dns_key *k, const char *word, const char *value, struct err **err);
static const char *find_algorithm(const char *name);
static bool is_key_name(const char *name);
static void wipe(char *secret);

int dns_key_parse(const char *text, struct dns_key *ret, struct err **err)
{
    char word[WORD_MAX + 1], name[WORD_MAX + 1];
    const char *p = read_word(text, word);

    if (strcmp(word, "key"))
        return err_set(err, "it does not begin with: key \"NAME\" {");
    p = skip_blanks(read_word(p, name));
    if (*p != '{' || !is_key_name(name))
        return err_set(err, "it does not begin with: key \"NAME\" {");
    ret->name = xstrdup(name);
    int status = read_clauses(p + 1, ret, err);
    if (!status && !ret->algorithm)
        status = err_set(err, "the key %s has no algorithm", name);
    if (!status && !ret->secret)
        status = err_set(err, "the key %s has no secret", name);
    if (status)
        dns_key_done(ret);
    return status;
}

int dns_key_load(const char *path, struct dns_key *ret, struct err **err)
{
    size_t len = 0;
    char *text = secret_read(path, DNS_KEY_FILE_MAX, &len, err);

    if (!text)
        return err_wrap(err, "the DNS key");
    int status = dns_key_parse(text, ret, err) ? err_wrap(err, "%s", path) : 0;
    explicit_bzero(text, len);
    free(text);
    return status;
}

void dns_key_done(struct dns_key *k)
{
    free(k->name);
    wipe(k->secret);
    *k = (struct dns_key){0};
}

/* Blanks and comments in the three forms of BIND's files. */
static const char *skip_blanks(const char *p)
{
    for (;;) {
        p += strspn(p, " \t\r\n");
        if (*p == '#' || !strncmp(p, "//", 2)) {
            p += strcspn(p, "\n");
        } else if (!strncmp(p, "/*", 2)) {
            const char *end = strstr(p + 2, "*/");
            p = end ? end + 2 : p + strlen(p);
        } else {
            return p;
        }
    }
}

/* A word, or what stands between quotes; "" where there is neither, or it is too long. */
static const char *read_word(const char *p, char ret[WORD_MAX + 1])
{
    p = skip_blanks(p);
    bool quoted = *p == '"';
    p += quoted;
    size_t len = strcspn(p, quoted ? "\"\n" : " \t\r\n{};\"#");
    const char *rest = p + len + (quoted && p[len] == '"');

    if (len > WORD_MAX)
        len = 0;
    memcpy(ret, p, len);
    ret[len] = '\0';
    return rest;
}

static int read_clauses(const char *p, struct dns_key *ret, struct err **err)
{
    char word[WORD_MAX + 1], value[WORD_MAX + 1];
    int status = 0;

    for (p = skip_blanks(p); !status && *p != '}'; p = skip_blanks(p)) {
        p = skip_blanks(read_word(read_word(p, word), value));
        if (*p != ';')
            status = err_set(err, "a clause of the key %s does not end with ';'", ret->name);
        else
            status = set_clause(ret, word, value, err);
        p += !status;
    }
    explicit_bzero(value, sizeof value);
    return status;
}

static int set_clause(struct dns_key *k, const char *word, const char *value, struct err **err)
{
    CLEAN(sbuf) struct sbuf bytes = SBUF_INIT;

    if (!strcmp(word, "algorithm")) {
        k->algorithm = find_algorithm(value);
        return k->algorithm ? 0
                            : err_set(err,
                                      "the key %s has another algorithm than hmac-sha256, "
                                      "hmac-sha512 or hmac-sha1",
                                      k->name);
    }
    if (strcmp(word, "secret"))
        return err_set(err, "the key %s has a clause that is neither algorithm nor secret",
                       k->name);
    int status = base64_decode(value, &bytes);
    bool empty = !bytes.len;
    if (bytes.len)
        explicit_bzero(bytes.data, bytes.len);
    if (status || empty)
        return err_set(err, "the secret of the key %s is no base64", k->name);
    wipe(k->secret);
    k->secret = xstrdup(value);
    return 0;
}

static const char *find_algorithm(const char *name)
{
    static const char *const known[] = {"hmac-sha256", "hmac-sha512", "hmac-sha1"};
    size_t len = strlen(name);

    len -= len && name[len - 1] == '.';
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (len == strlen(known[i]) && !strncasecmp(name, known[i], len))
            return known[i];
    return NULL;
}

static bool is_key_name(const char *name)
{
    size_t len = strlen(name);

    return len && len <= 253 && name[0] != '.' && !strstr(name, "..") &&
           strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == len;
}

static void wipe(char *secret)
{
    if (secret)
        explicit_bzero(secret, strlen(secret));
    free(secret);
}
