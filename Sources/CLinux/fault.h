#ifndef FAULT_H
#define FAULT_H

#include <signal.h>

/* Takes out of the set the signals of a fault: one that is blocked would end the process without a word. */
void leave_faults_deliverable(sigset_t *set);

#endif
