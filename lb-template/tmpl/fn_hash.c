/* Hashes, by nettle (small, without state of its own, and in the process already: libmicrohttpd
 * brings it), and base64. */
#include "lb-template/tmpl/function.h"

#include <nettle/hmac.h>
#include <nettle/md5.h>
#include <nettle/sha1.h>
#include <nettle/sha2.h>

static struct tmpl_value hex(struct tmpl_exec *x, const uint8_t *digest, size_t len)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);

    for (size_t i = 0; i < len; i++)
        tmpl_buf_addf(&b, "%02x", digest[i]);
    return tmpl_buf_value(&b);
}

static int fn_md5(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                  struct tmpl_value *ret)
{
    uint8_t digest[MD5_DIGEST_SIZE];
    struct md5_ctx c;

    (void)n;
    md5_init(&c);
    md5_update(&c, args[0].len, (const uint8_t *)args[0].s);
    md5_digest(&c, sizeof digest, digest);
    *ret = hex(x, digest, sizeof digest);
    return tmpl_charge(x, args[0].len / 16);
}

static int fn_sha1(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    uint8_t digest[SHA1_DIGEST_SIZE];
    struct sha1_ctx c;

    (void)n;
    sha1_init(&c);
    sha1_update(&c, args[0].len, (const uint8_t *)args[0].s);
    sha1_digest(&c, sizeof digest, digest);
    *ret = hex(x, digest, sizeof digest);
    return tmpl_charge(x, args[0].len / 16);
}

static int fn_sha256(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct sha256_ctx c;

    (void)n;
    sha256_init(&c);
    sha256_update(&c, args[0].len, (const uint8_t *)args[0].s);
    sha256_digest(&c, sizeof digest, digest);
    *ret = hex(x, digest, sizeof digest);
    return tmpl_charge(x, args[0].len / 16);
}

/* hmacSHA256Hex MESSAGE KEY */
static int fn_hmac(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                   struct tmpl_value *ret)
{
    uint8_t digest[SHA256_DIGEST_SIZE];
    struct hmac_sha256_ctx c;

    (void)n;
    hmac_sha256_set_key(&c, args[1].len, (const uint8_t *)args[1].s);
    hmac_sha256_update(&c, args[0].len, (const uint8_t *)args[0].s);
    hmac_sha256_digest(&c, sizeof digest, digest);
    *ret = hex(x, digest, sizeof digest);
    return tmpl_charge(x, (args[0].len + args[1].len) / 16);
}

static const char base64_std[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char base64_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

static int encode(struct tmpl_exec *x, const char *alphabet, const struct tmpl_value *s,
                  struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);
    const unsigned char *in = (const unsigned char *)s->s;

    for (size_t i = 0; i < s->len && !b.over; i += 3) {
        size_t n = s->len - i < 3 ? s->len - i : 3;
        uint32_t bits = (uint32_t)in[i] << 16 | (n > 1 ? (uint32_t)in[i + 1] << 8 : 0) |
                        (n > 2 ? in[i + 2] : 0u);
        char out[4] = {alphabet[bits >> 18], alphabet[bits >> 12 & 63],
                       n > 1 ? alphabet[bits >> 6 & 63] : '=', n > 2 ? alphabet[bits & 63] : '='};

        tmpl_buf_add(&b, out, sizeof out);
    }
    *ret = tmpl_buf_value(&b);
    return tmpl_charge(x, s->len / 16);
}

/* Line ends are passed over, as in Go; the padding must be right. */
static int decode(struct tmpl_exec *x, const char *name, const char *alphabet,
                  const struct tmpl_value *s, struct tmpl_value *ret)
{
    struct tmpl_buf b = TMPL_BUF(&x->arena);
    uint32_t bits = 0;
    size_t n = 0, pads = 0;

    for (size_t i = 0; i < s->len; i++) {
        const char *found = s->s[i] ? strchr(alphabet, s->s[i]) : NULL;

        if (s->s[i] == '\r' || s->s[i] == '\n')
            continue;
        pads += s->s[i] == '=';
        if ((!found && s->s[i] != '=') || (found && pads) || pads > 2)
            return tmpl_fail(x, "error calling %s: illegal base64 data at input byte %zu", name, i);
        bits = bits << 6 | (found ? (uint32_t)(found - alphabet) : 0);
        if (++n % 4)
            continue;
        char out[3] = {(char)(bits >> 16), (char)(bits >> 8), (char)bits};
        tmpl_buf_add(&b, out, 3 - pads);
        bits = 0;
    }
    if (n % 4)
        return tmpl_fail(x, "error calling %s: illegal base64 data at input byte %u", name,
                         (unsigned)s->len);
    *ret = tmpl_buf_value(&b);
    return tmpl_charge(x, s->len / 8);
}

static int fn_encode(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    (void)n;
    return encode(x, base64_std, &args[0], ret);
}

static int fn_decode(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                     struct tmpl_value *ret)
{
    (void)n;
    return decode(x, "base64Decode", base64_std, &args[0], ret);
}

static int fn_url_encode(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    (void)n;
    return encode(x, base64_url, &args[0], ret);
}

static int fn_url_decode(struct tmpl_exec *x, const struct tmpl_value *args, size_t n,
                         struct tmpl_value *ret)
{
    (void)n;
    return decode(x, "base64URLDecode", base64_url, &args[0], ret);
}

const struct tmpl_function tmpl_fn_hash[] = {
    {.name = "md5sum", .args = "s", .call = fn_md5},
    {.name = "sha256Hex", .args = "s", .call = fn_sha256},
    {.name = "hmacSHA256Hex", .args = "ss", .call = fn_hmac},
    {.name = "base64Encode", .args = "s", .call = fn_encode},
    {.name = "base64Decode", .args = "s", .call = fn_decode},
    {.name = "base64URLEncode", .args = "s", .call = fn_url_encode},
    {.name = "base64URLDecode", .args = "s", .call = fn_url_decode},
    {.name = "sprig_sha1sum", .args = "s", .call = fn_sha1},
    {.name = "sprig_sha256sum", .args = "s", .call = fn_sha256},
    {.name = "sprig_b64enc", .args = "s", .call = fn_encode},
    {.name = "sprig_b64dec", .args = "s", .call = fn_decode},
    {0},
};
