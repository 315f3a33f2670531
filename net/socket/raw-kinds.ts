/** Which sockets there are below UDP and TCP in this image. */
import { CONFIG_APP_RAW_SOCKETS, CONFIG_NET_SOCKETS_INET_RAW, CONFIG_NET_SOCKETS_PACKET } from "../../config";

/** Raw sockets are built in and the application may open them. Where it may not, nothing but the refusal is in the image. */
export const RAW_SOCKETS: bool = CONFIG_NET_SOCKETS_INET_RAW && CONFIG_APP_RAW_SOCKETS;
/** The same of packet sockets. */
export const PACKET_SOCKETS: bool = CONFIG_NET_SOCKETS_PACKET && CONFIG_APP_RAW_SOCKETS;
/** Somebody may want to see whole frames or datagrams. */
export const WHOLE_FRAMES: bool = RAW_SOCKETS || PACKET_SOCKETS;
