/* Prints the layout of every struct and the value of every enumerator of the ABI. layout_test.sh
   holds the output against plugin_api/abi: a changed line is a broken binary somewhere. */
#include <ktel/abi/plugin.h>
#include <stdio.h>

#define STRUCT(T) printf("struct %s %zu\n", #T, sizeof(T))
#define MEMBER(T, m) printf("  %s.%s %zu %zu\n", #T, #m, offsetof(T, m), sizeof(((T*)0)->m))
#define VALUE(e) printf("%s %lld\n", #e, (long long)(e))

int main(void) {
#include "layout.inc"
  return 0;
}
