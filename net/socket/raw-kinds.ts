/** Which sockets there are in this image: below UDP and TCP, and whether there are others than streams. */
import {
  CONFIG_APP_RAW_SOCKETS,
  CONFIG_NET_SOCKETS_INET_RAW,
  CONFIG_NET_SOCKETS_PACKET,
  CONFIG_NET_TCP,
  CONFIG_NET_UDP,
} from "../../config";

/** Raw sockets are built in and the application may open them. Where it may not, nothing but the refusal is in the image. */
export const RAW_SOCKETS: bool = CONFIG_NET_SOCKETS_INET_RAW && CONFIG_APP_RAW_SOCKETS;
/** The same of packet sockets. */
export const PACKET_SOCKETS: bool = CONFIG_NET_SOCKETS_PACKET && CONFIG_APP_RAW_SOCKETS;
/** Somebody may want to see whole frames or datagrams. */
export const WHOLE_FRAMES: bool = RAW_SOCKETS || PACKET_SOCKETS;
/** Every open internet socket is a TCP one: nothing has to look, and what is for others is not in the image. */
export const STREAMS_ONLY: bool = CONFIG_NET_TCP && !CONFIG_NET_UDP && !WHOLE_FRAMES;
