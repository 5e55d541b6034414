/*
 * What is known of a call before it is answered, as scripts and tests look for it: the method, the
 * model, who calls, and with what prompt. Texts are in the call's arena, or borrowed from the call.
 */
#ifndef SERVER_CALL_FACTS_H
#define SERVER_CALL_FACTS_H

#include "server/call/call.h"
#include "server/sim/prompt.h"
#include "server/space/match.h"

/* The method, an enum method_id, also for a path that stands for it: tunedModels.generateContent of
 * "models/tunedModels/x:generateContent". MATCH_NO_METHOD: the path names none. */
int facts_method(const struct call *call);

/*
 * The model that the call is about, "tunedModels/x" or "models/y"; empty: none. Of a create it is
 * that which was asked for or, once it is made, that which was made. Of Vertex AI it is what the
 * path names, a job or an endpoint, too, with its project; but a base model, which has none, is
 * "publishers/google/models/x". The query must have been read.
 */
struct text facts_model(const struct call *call);

/*
 * Other names by which a stub or a fault may mean this model: of a job's endpoint the job's, and of
 * both what they are without their project, "tuningJobs/1" and "endpoints/1". In the arena.
 */
enum { FACTS_MODEL_FORMS_MAX = 3 };
size_t facts_model_forms(const struct call *call, struct text ret_forms[FACTS_MODEL_FORMS_MAX]);

/*
 * Who calls: the e-mail address that a seed lists the credential with, else "key-" or "token-" and
 * eight hexadecimal digits that follow from it, else "anonymous". With --auth open, too, where all
 * have the same rights. The query must have been read.
 */
struct text facts_caller(const struct call *call);

/*
 * The text of the last content that is not the model's, all its text parts joined; what is embedded
 * or counted is a prompt, too. Empty: the call has none, or its body has not been read.
 */
struct text facts_prompt(const struct call *call);

/* The same in all forms in which what is meant may stand in it (sim/prompt.h), all but the whole
 * trimmed; of what is no tuned model's there is one. */
struct prompt facts_prompt_forms(const struct call *call);

/* The same of the request of a tuned model's method. */
struct prompt facts_prompt_forms_of(const struct message *in, struct arena *arena);

/* Answers, if the steps of matching are spent, that what is looked for in this call by all faults
 * or stubs (`plural`) takes too long: a test is to know that none was found for sure. False if they
 * are not. */
bool facts_fail_spent(struct call *call, const char *plural);

#endif
