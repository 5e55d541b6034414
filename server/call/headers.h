/* The headers that every answer of the emulator has, whatever it says. */
#ifndef SERVER_CALL_HEADERS_H
#define SERVER_CALL_HEADERS_H

#include "server/call/call.h"

/* Those of the emulated service (contract 3.5, 3.6). */
void headers_add_emulated(struct call *call);

/* That of every answer of the page, which adds others to a file. */
void headers_add_page(struct call *call);

/* Those of the control API: no answer of it may be kept, and pages of allowed origins may read it.
 */
void headers_add_control(struct call *call);

/* Has the Date be now_ns, which is another than when the headers were added. */
void headers_renew_date(struct call *call);

/* Answers a browser that asks what it may send (CORS preflight, contract 3.6). */
void headers_answer_preflight(struct call *call);

#endif
