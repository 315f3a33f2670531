/** sys/un.h: addresses of AF_UNIX. */
export { sockaddr_un } from "../zsock/types";
