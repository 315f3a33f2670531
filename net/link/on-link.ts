/** Beside an interface number that is given to Route.find (Socket.way): no router may be asked. */
export const ON_LINK: u32 = 1 << 15;
