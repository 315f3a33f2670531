/** netpacket/packet.h: addresses of AF_PACKET. */
export { ARPHRD_ETHER, PACKET_BROADCAST, PACKET_HOST, PACKET_MULTICAST, PACKET_OTHERHOST } from "../zsock/link-layer";
export { sockaddr_ll } from "../zsock/types";
