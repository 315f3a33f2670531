/** Options: what an application has for itself: memory, arguments, what happens when it traps. */
import type { KconfigMenu } from "./option.js";

export const application: KconfigMenu = {
  title: "Application and memory",
  options: [
    {
      name: "APP_MEMORY_SIZE",
      type: "int",
      unit: "bytes",
      prompt: "Linear memory of the application",
      default: 4096,
      range: [256, 16_777_216],
      multipleOf: 8,
      help: "Static data, heap and buffers. The build says how much the static data needs; what is left is heap.",
    },
    {
      name: "APP_ARGS",
      type: "string",
      prompt: "Arguments of the application",
      default: "",
      help: "Separated by blanks; the name of the application comes before them.",
    },
    {
      name: "APP_ENVIRONMENT",
      type: "string",
      prompt: "Environment of the application",
      default: "",
      help: "NAME=value, separated by blanks.",
    },
    {
      name: "APP_ON_TRAP",
      type: "string",
      prompt: "What follows a trap of the application",
      default: "stop",
      values: ["stop", "restart"],
      help: "stop: its sockets are closed, it stays stopped, the stack goes on answering. restart: its memory is laid out anew and it starts again.",
    },
    {
      name: "APP_RAW_SOCKETS",
      type: "bool",
      prompt: "The application may open raw and packet sockets",
      default: false,
      help: "They read what is meant for others and send under any name, so an application has them only when it is allowed to. Without it socket() answers EACCES where NET_SOCKETS_INET_RAW or NET_SOCKETS_PACKET would let it answer a descriptor.",
    },
    {
      name: "MAIN_STACK_SIZE",
      type: "int",
      unit: "bytes",
      prompt: "C stack",
      default: 2560,
      range: [512, 65_536],
      help: "Holds the frames of application, core and interrupts. The build computes what it can need and refuses a smaller number when it can tell.",
    },
    {
      name: "OPTIMIZE_FOR_SIZE",
      type: "bool",
      prompt: "Smaller rather than faster code",
      default: false,
      help: "asc -Oz and gcc -Os in place of -O3 and -O2.",
    },
    {
      name: "HOST_ACCOUNTING",
      type: "bool",
      prompt: "Count idle and busy time",
      default: false,
      help: "The host adds up the time that the CPU sleeps and prints it on exit; for measuring. About 20 instructions per wake-up.",
    },
  ],
};
