/* What the translation unit of the core and that of the application have in common, beside the system calls. */
#ifndef SOCKLET_HOST_APPLICATION_H
#define SOCKLET_HOST_APPLICATION_H

/* The application's linear memory. */
extern unsigned char app_memory[APP_MEMORY_SIZE];

/* Lays the memory out, also for a restart, and runs the application. */
__attribute__((noreturn)) void image_start_app(void);

/* What follows when it returns, or calls proc_exit. */
__attribute__((noreturn)) void host_app_ended(u32 code);

/* Its functions that can trap, by the number in a trap: each name ends with a NUL. */
extern const char app_function_names[];
extern const u32 app_functions;

#endif
