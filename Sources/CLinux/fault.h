#ifndef FAULT_H
#define FAULT_H

#include <signal.h>

#pragma GCC visibility push(hidden)

/* Takes out of the set the signals of a fault: one that is blocked would end the process without a word. */
void leave_faults_deliverable(sigset_t *set);

#pragma GCC visibility pop

#endif
