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
      name: "APP_STACK_SIZE",
      type: "int",
      unit: "bytes",
      prompt: "Stack of a program in C",
      default: 4096,
      range: [256, 1_048_576],
      multipleOf: 16,
      help: "Part of APP_MEMORY_SIZE: arrays and structures that are local variables lie there. A program that needs more traps. printf needs about 1,500 bytes. Programs in AssemblyScript have none.",
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
