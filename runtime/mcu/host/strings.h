/* host.strings_*: arguments and environment, fixed when the image was built. IMAGE_ARGUMENTS and IMAGE_ENVIRONMENT are
 * string literals, each string with its NUL. */
#ifndef SOCKLET_HOST_STRINGS_H
#define SOCKLET_HOST_STRINGS_H

/* The array is one longer than the list: the literal's own NUL. */
static const u8 strings_arguments[] = IMAGE_ARGUMENTS;
static const u8 strings_environment[] = IMAGE_ENVIRONMENT;

INLINE u32 host_strings_size(u32 kind) {
  if (kind == 0) return sizeof strings_arguments - 1;
  return kind == 1 ? sizeof strings_environment - 1 : 0;
}

INLINE u32 host_strings_byte(u32 kind, u32 index) {
  if (index >= host_strings_size(kind)) return 0;
  return kind == 0 ? strings_arguments[index] : strings_environment[index];
}

INLINE u32 host_strings_count(u32 kind) {
  u32 count = 0;
  for (u32 i = 0; i < host_strings_size(kind); i++) count += host_strings_byte(kind, i) == 0;
  return count;
}

#endif
