/** net/ethernet.h: Ethernet frames, for packet sockets. */
export {
  ETH_ALEN,
  ETH_DATA_LEN,
  ETH_FRAME_LEN,
  ETH_HLEN,
  ETH_P_802_2,
  ETH_P_8021Q,
  ETH_P_ALL,
  ETH_P_ARP,
  ETH_P_IP,
  ETH_P_IPV6,
  ether_header,
} from "../zsock/link-layer";
