/* ARM MPS2: the FPGA image has its clocks and pins set; nothing to do. */
#ifndef SOCKLET_SOC_H
#define SOCKLET_SOC_H

INLINE void soc_init(void) {}

#endif
