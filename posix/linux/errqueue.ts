/** linux/errqueue.h: what the error queue of a socket says. */
export {
  SO_EE_OFFENDER,
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_ICMP6,
  SO_EE_ORIGIN_LOCAL,
  SO_EE_ORIGIN_NONE,
  SO_EE_ORIGIN_TIMESTAMPING,
  sock_extended_err,
} from "../zsock/error-queue";
export { SCM_TSTAMP_SND, scm_timestamping } from "../zsock/time-stamp";
