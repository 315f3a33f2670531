/*
 * Which names the headers give: zsock_recv, ZSOCK_FD_SET and so on always; recv, FD_SET and the other names of POSIX too, unless
 * SOCKLET_NO_POSIX_NAMES is defined (`socklet build` does that with CONFIG_NET_SOCKETS_POSIX_NAMES=n). Both names of a function are one
 * symbol: there is no wrapper, and nothing that clashes with the C library.
 */
#ifndef SOCKLET_NAMES_H
#define SOCKLET_NAMES_H

#ifndef SOCKLET_NO_POSIX_NAMES
#define SOCKLET_POSIX_NAMES 1
#endif

/* Behind a declaration: the function is the one that has this symbol. */
#define SOCKLET_SYMBOL(symbol) __asm__(#symbol)

#ifdef __cplusplus
#define SOCKLET_BEGIN extern "C" {
#define SOCKLET_END }
#else
#define SOCKLET_BEGIN
#define SOCKLET_END
#endif

#endif
