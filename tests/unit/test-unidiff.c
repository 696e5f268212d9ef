#include <stdlib.h>
#include <string.h>

#include "agent/unidiff.h"
#include "tests/tap.h"

static void test(const char *old, const char *new, const char *wanted, const char *name)
{
    CLEAN(sbuf) struct sbuf got = SBUF_INIT;

    unidiff("f", old, strlen(old), new, strlen(new), &got);
    is_str(sbuf_str(&got), wanted, "%s", name);
}

/* A change beyond the size of the table is one block. */
static void test_large(void)
{
    CLEAN(sbuf) struct sbuf a = SBUF_INIT, b = SBUF_INIT, got = SBUF_INIT;

    for (int i = 0; i < 3000; i++) {
        sbuf_addf(&a, "a%d\n", i);
        sbuf_addf(&b, "b%d\n", i);
    }
    unidiff("f", a.data, a.len, b.data, b.len, &got);
    ok(!strncmp(got.data, "--- f\n+++ f\n@@ -1,3000 +1,3000 @@\n-a0\n", 38), "a large change");
}

int main(void)
{
    test("a\nb\n", "a\nb\n", "", "no difference");
    test("", "", "", "nothing twice");
    test("", "a\nb\n", "--- f\n+++ f\n@@ -0,0 +1,2 @@\n+a\n+b\n", "a new file");
    test("a\n", "", "--- f\n+++ f\n@@ -1,1 +0,0 @@\n-a\n", "an empty file");
    test("a\nb\nc\n", "a\nx\nc\n", "--- f\n+++ f\n@@ -1,3 +1,3 @@\n a\n-b\n+x\n c\n", "a change");
    test("a", "a\n", "--- f\n+++ f\n@@ -1,1 +1,1 @@\n-a\n\\ No newline at end of file\n+a\n",
         "a newline at the end");
    test("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\n5\n6\n7\n8\nx\n",
         "--- f\n+++ f\n@@ -6,4 +6,4 @@\n 6\n 7\n 8\n-9\n+x\n", "three lines around it");
    test("a\n1\n2\n3\n4\n5\n6\n7\n8\nb\n", "x\n1\n2\n3\n4\n5\n6\n7\n8\ny\n",
         "--- f\n+++ f\n@@ -1,4 +1,4 @@\n-a\n+x\n 1\n 2\n 3\n@@ -7,4 +7,4 @@\n 6\n 7\n 8\n-b\n+y\n",
         "two changes far apart");
    test("a\n1\n2\n3\n4\n5\n6\nb\n", "x\n1\n2\n3\n4\n5\n6\ny\n",
         "--- f\n+++ f\n@@ -1,8 +1,8 @@\n-a\n+x\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+y\n",
         "two changes near each other share a hunk");
    test("a\nb\nc\nd\n", "a\nc\nd\ne\n", "--- f\n+++ f\n@@ -1,4 +1,4 @@\n a\n-b\n c\n d\n+e\n",
         "what stayed is found");
    test_large();
    return tap_done();
}
