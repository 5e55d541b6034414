#include "server/manual.h"

#include "base/version.h"
#include "server/command_rows.h"
#include "server/option_rows.h"

/* A text in the middle of a line, where roff gives a meaning to backslashes and hyphens alone. */
static void manual_add(FILE *file, const char *text)
{
    for (; *text; text++)
        if (*text == '\\')
            fputs("\\e", file);
        else if (*text == '-')
            fputs("\\-", file);
        else
            fputc(*text, file);
}

/* A line of its own, that begins with no dot or quote of roff's. */
static void manual_add_line(FILE *file, const char *text)
{
    fputs("\\&", file);
    manual_add(file, text);
    fputc('\n', file);
}

static void manual_add_commands(FILE *file)
{
    fputs(".SH COMMANDS\n", file);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        fputs(".TP\n\\fBtunemock\\fR ", file);
        manual_add(file, command_rows[i].usage);
        fputc('\n', file);
        manual_add_line(file, command_rows[i].does);
    }
}

static void manual_add_options(FILE *file)
{
    fputs(".SH OPTIONS\n", file);
    for (int group = 0; group < GROUP_COUNT; group++) {
        fprintf(file, ".SS %s\n", option_group_titles[group]);
        for (int i = 0; i < OPTION_ROW_COUNT; i++) {
            if (option_rows[i].group != (enum option_group)group)
                continue;
            fputs(".TP\n\\fB\\-\\-", file);
            manual_add(file, option_rows[i].name);
            fprintf(file, "\\fR \\fI%s\\fR\n", option_rows[i].takes);
            manual_add_line(file, option_rows[i].help);
            if (!option_rows[i].takes[0])
                continue;
            fputs("Takes ", file);
            manual_add(file, option_rows[i].allowed);
            fputs(".\n", file);
        }
    }
}

void manual_print(FILE *file)
{
    fputs(".TH TUNEMOCK 1 \"\" \"tunemock " TUNEMOCK_VERSION "\" \"User Commands\"\n"
          ".SH NAME\n"
          "tunemock \\- a local emulator of the Gemini API's tuned\\-models service\n"
          ".SH SYNOPSIS\n"
          ".B tunemock\n[\\fIcommand\\fR] [\\fIoptions\\fR]\n"
          ".SH DESCRIPTION\n"
          "Speaks the REST API of generativelanguage.googleapis.com for tuned models, their\n"
          "operations and permissions, and the calls next to them. It moves trainings along as\n"
          "time goes by, and answers prompts from the examples that a model was tuned with.\n"
          "It needs no credentials and no network.\n"
          ".PP\n"
          "It prints one line when it is ready,\n"
          ".IR \"tunemock ready on http://127.0.0.1:8863\" ,\n"
          "and serves until SIGTERM, SIGHUP or Ctrl\\-C.\n",
        file);
    manual_add_commands(file);
    manual_add_options(file);
    fputs(".SH ENVIRONMENT\n"
          "Every option has a variable:\n"
          ".B TUNEMOCK_STEP_TIME=0\n"
          "is \\-\\-step\\-time 0. The option wins.\n"
          ".SH EXIT STATUS\n"
          ".TP\n.B 0\nStopped as told; no damage; a living server.\n"
          ".TP\n.B 1\nFailure; a damaged file; no answer.\n"
          ".TP\n.B 2\nWrong usage, or a wrong seed file.\n"
          ".TP\n.B 98\nThe port is taken.\n"
          ".PP\n"
          "That of \\fBexec\\fR is the command's own: 128 + N if signal N ended it, 127 if it is\n"
          "not found, 126 if it cannot be run.\n"
          ".SH EXAMPLES\n"
          ".EX\n"
          "tunemock exec \\-\\-step\\-time 0 \\-\\- make test\n"
          "tunemock \\-\\-clock frozen & curl http://127.0.0.1:8863/v1beta/tunedModels\n"
          ".EE\n",
        file);
}
