/** What the product shall need, in instructions for each operation: at most so many. Of cycles: 0.6 × lwIP at its best, less than lwIP with our kernels. */
export const GOALS: Readonly<Record<string, number>> = {
  "ICMP echo 56": 450,
  "UDP echo 64": 640,
  "UDP echo 512": 960,
  "UDP echo 1472": 1650,
  "TCP echo 64": 1400,
  "TCP echo 1460": 2450,
  "TCP conn": 2200,
  "TCP sink 1460": 1150,
  "TCP source 1460": 1250,
};
