/** Imported first by programs of images with a DHCP client: waits for an address as CONFIG_NET_CONFIG_INIT_TIMEOUT says. */
import { CONFIG_NET_CONFIG_INIT_TIMEOUT } from "../../config";
import { socklet_wait_address } from "../imports";

socklet_wait_address(CONFIG_NET_CONFIG_INIT_TIMEOUT < 0 ? -1 : CONFIG_NET_CONFIG_INIT_TIMEOUT * 1000);
