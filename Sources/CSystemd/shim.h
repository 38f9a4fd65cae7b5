/* Readiness, status and watchdog; and reading what others log. Our own entries do not go through sd-journal.h:
   sd_journal_sendv waits without limit when journald does not read, and reports success when there is no journald. */
#include <systemd/sd-daemon.h>
#include <systemd/sd-journal.h>
