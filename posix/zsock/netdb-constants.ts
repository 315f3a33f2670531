/** Constants of netdb.h, with Zephyr's numbers. */

/** Flags of getaddrinfo: without a name the address is for bind (0.0.0.0). */
export const ZSOCK_AI_PASSIVE: i32 = 0x1;
/** The first result has a name. */
export const ZSOCK_AI_CANONNAME: i32 = 0x2;
/** The name is a numeric address: nobody is asked. */
export const ZSOCK_AI_NUMERICHOST: i32 = 0x4;
/** Without IPv6 these three change nothing. */
export const ZSOCK_AI_V4MAPPED: i32 = 0x8;
export const ZSOCK_AI_ALL: i32 = 0x10;
export const ZSOCK_AI_ADDRCONFIG: i32 = 0x20;
/** The service is a number. */
export const ZSOCK_AI_NUMERICSERV: i32 = 0x400;

/** Flags of getnameinfo: the address as a number; it always is one here. */
export const ZSOCK_NI_NUMERICHOST: i32 = 0x1;
/** The port as a number. */
export const ZSOCK_NI_NUMERICSERV: i32 = 0x2;
export const ZSOCK_NI_NOFQDN: i32 = 0x4;
/** A number is not good enough: EAI_NONAME. */
export const ZSOCK_NI_NAMEREQD: i32 = 0x8;
/** The service is one of UDP. */
export const ZSOCK_NI_DGRAM: i32 = 0x10;

/** Room that suffices for what getnameinfo writes. */
export const ZSOCK_NI_MAXHOST: i32 = 64;
export const ZSOCK_NI_MAXSERV: i32 = 32;

// ---- errors of getaddrinfo and getnameinfo -----------------------------------------------------------------------

/** Flags that do not exist. */
export const ZSOCK_EAI_BADFLAGS: i32 = -1;
/** There is no such name, or neither name nor service was given. */
export const ZSOCK_EAI_NONAME: i32 = -2;
/** No server answers now: later it may. */
export const ZSOCK_EAI_AGAIN: i32 = -3;
/** The servers refuse, or no resolver is built in. */
export const ZSOCK_EAI_FAIL: i32 = -4;
/** The name has no address of that family. */
export const ZSOCK_EAI_NODATA: i32 = -5;
/** The family is not known. */
export const ZSOCK_EAI_FAMILY: i32 = -6;
/** No such type, or the protocol does not suit it. */
export const ZSOCK_EAI_SOCKTYPE: i32 = -7;
/** The service is not known for the type. */
export const ZSOCK_EAI_SERVICE: i32 = -8;
/** The address is of another family. */
export const ZSOCK_EAI_ADDRFAMILY: i32 = -9;
/** Too many results or questions at once. */
export const ZSOCK_EAI_MEMORY: i32 = -10;
/** Errno says it. */
export const ZSOCK_EAI_SYSTEM: i32 = -11;
/** A buffer is too small. */
export const ZSOCK_EAI_OVERFLOW: i32 = -12;
