/* In an image with a DHCP client: waits for an address before main, as CONFIG_NET_CONFIG_INIT_TIMEOUT says. */
#include <socklet/imports.h>

#if defined CONFIG_NET_DHCPV4 && CONFIG_NET_CONFIG_INIT_TIMEOUT != 0
__attribute__((constructor)) static void wait_for_address(void) {
  socklet_wait_address(CONFIG_NET_CONFIG_INIT_TIMEOUT < 0 ? -1 : CONFIG_NET_CONFIG_INIT_TIMEOUT * 1000);
}
#endif
