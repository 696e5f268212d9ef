#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lb-template/dns_key.h"
#include "lib/clean.h"
#include "tests/tap.h"

#define SECRET "c2VjcmV0LXNlY3JldC0wMQ=="

static void good(const char *text, const char *name, const char *algorithm)
{
    struct dns_key key = {0};
    CLEAN(err) struct err *err = NULL;

    ok(!dns_key_parse(text, &key, &err), "the key %s is taken", name);
    is_str(key.name, name, "its name");
    is_str(key.algorithm, algorithm, "its algorithm");
    is_str(key.secret, SECRET, "its secret");
    dns_key_done(&key);
}

static void bad(const char *text, const char *why)
{
    struct dns_key key = {0};
    CLEAN(err) struct err *err = NULL;

    ok(dns_key_parse(text, &key, &err), "refused, as it %s", why);
    ok(strstr(err_msg(err), why) != NULL, "it says '%s': %s", why, err_msg(err));
    ok(!strstr(err_msg(err), "c2VjcmV0"), "and nothing of the secret");
    ok(!key.name && !key.secret, "nothing is left behind");
}

static void test_forms(void)
{
    good("key \"berth\" {\n\talgorithm hmac-sha256;\n\tsecret \"" SECRET "\";\n};\n", "berth",
         "hmac-sha256");
    good("key berth{algorithm \"HMAC-SHA512.\";secret " SECRET ";}", "berth", "hmac-sha512");
    good("# one\n// two\n/* three\n */ key a.b. /* here */ { secret \"" SECRET
         "\"; # there\nalgorithm hmac-sha1 ; } ;",
         "a.b.", "hmac-sha1");
}

static void test_faults(void)
{
    bad("", "does not begin");
    bad("zone \"x\" {};", "does not begin");
    bad("key { secret x; };", "does not begin");
    bad("key \"a b\" { };", "does not begin");
    bad("key \"a\"", "does not begin");
    bad("key \"a\" { algorithm hmac-sha256; };", "no secret");
    bad("key \"a\" { secret \"" SECRET "\"; };", "no algorithm");
    bad("key \"a\" { algorithm hmac-md5; secret \"" SECRET "\"; };", "another algorithm");
    bad("key \"a\" { algorithm hmac-sha256; secret \"" SECRET "\" };", "does not end");
    bad("key \"a\" { algorithm hmac-sha256; secret \"" SECRET "\"; ", "does not end");
    bad("key \"a\" { algorithm hmac-sha256; secret \"c2VjcmV0!\"; };", "no base64");
    bad("key \"a\" { algorithm hmac-sha256; secret \"\"; };", "no base64");
    bad("key \"a\" { colour blue; };", "neither");
    bad("key \"a\" /* { algorithm", "does not begin");
}

static void write_key(const char *path, mode_t mode)
{
    FILE *f = fopen(path, "w");

    if (f) {
        fputs("key \"berth\" { algorithm hmac-sha256; secret \"" SECRET "\"; };\n", f);
        fclose(f);
    }
    chmod(path, mode);
}

static void test_files(void)
{
    char path[] = "/tmp/berth-dns-key-XXXXXX";
    int fd = mkstemp(path);
    struct dns_key key = {0};
    CLEAN(err) struct err *err = NULL;
    CLEAN(err) struct err *absent = NULL;

    if (fd >= 0)
        close(fd);
    write_key(path, 0640);
    ok(!dns_key_load(path, &key, NULL), "a file for owner and group is read");
    dns_key_done(&key);
    chmod(path, 0644);
    ok(dns_key_load(path, &key, &err), "a file that all may read is refused");
    ok(strstr(err_msg(err), "chmod") != NULL, "the error says what to do: %s", err_msg(err));
    unlink(path);
    ok(dns_key_load(path, &key, &absent), "a file that is not there");
}

int main(void)
{
    test_forms();
    test_faults();
    test_files();
    return tap_done();
}
