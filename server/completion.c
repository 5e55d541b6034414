#include "server/completion.h"

#include <string.h>

#include "base/array.h"
#include "server/command_rows.h"
#include "server/option_rows.h"
#include "server/spellings.h"

/* Inside of single quotes, with a backslash before each of these. */
static void completion_add_quoted(FILE *file, const char *text, const char *escaped)
{
    for (; *text; text++)
        if (*text == '\'')
            fputs("'\\''", file);
        else
            fprintf(file, "%s%c", strchr(escaped, *text) ? "\\" : "", *text);
}

/* True if the option's value is the name of a file. */
static bool completion_is_path(const struct option_row *row)
{
    return strcmp(row->takes, "FILE") == 0 || strcmp(row->takes, "PATH") == 0;
}

/* True if it takes no value. */
static bool completion_is_flag(const struct option_row *row)
{
    return row->takes[0] == '\0';
}

/* A pattern's end: " | --no-ui". */
static void completion_add_flags(FILE *file, const char *before)
{
    for (int i = 0; i < OPTION_ROW_COUNT; i++)
        if (completion_is_flag(&option_rows[i]))
            fprintf(file, "%s--%s", before, option_rows[i].name);
}

/* A pattern of bash: "--data | --db". */
static void completion_add_path_options(FILE *file)
{
    const char *before = "";
    for (int i = 0; i < OPTION_ROW_COUNT; i++)
        if (completion_is_path(&option_rows[i])) {
            fprintf(file, "%s--%s", before, option_rows[i].name);
            before = " | ";
        }
}

static void completion_print_bash(FILE *file, struct arena *arena)
{
    fputs("# bash completion of tunemock\n"
          "_tunemock() {\n"
          "    local command= i word options='--help --version'\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}\n"
          "    COMPREPLY=()\n",
        file);
    for (int i = 0; i < OPTION_ROW_COUNT; i++)
        fprintf(file, "    options+=' --%s'\n", option_rows[i].name);
    /* "--data=a.json" is three words, and of what follows a value no word is one, too. */
    fputs("    [[ $cur != = ]] || cur=\n"
          "    [[ $prev != = ]] || prev=${COMP_WORDS[COMP_CWORD - 2]}\n"
          "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
          "        word=${COMP_WORDS[i]}\n"
          "        case $word in\n"
          "        -h | --help | --version | --",
        file);
    completion_add_flags(file, " | ");
    fputs(") ;;\n"
          "        --*) [[ ${COMP_WORDS[i + 1]} != = ]] || ((i++)); ((i++)) ;;\n"
          "        *)\n"
          "            [[ $command != exec ]] || { _command_offset $i 2>/dev/null; return; }\n"
          "            [[ $command ]] || command=$word ;;\n"
          "        esac\n"
          "    done\n"
          "    case $prev in\n"
          "    ",
        file);
    completion_add_path_options(file);
    fputs(") compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n",
        file);
    for (int i = 0; i < OPTION_ROW_COUNT; i++)
        if (!completion_is_path(&option_rows[i]) && !completion_is_flag(&option_rows[i])) {
            struct text values = spelling_values(option_rows[i].name, arena);
            fprintf(file, "    --%s) COMPREPLY=($(compgen -W '%.*s' -- \"$cur\")); return ;;\n",
                option_rows[i].name, TEXT_ARGS(values));
        }
    fputs("    esac\n"
          "    case $command in\n"
          "    check | validate)\n"
          "        compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- \"$cur\")) ;;\n"
          "    completion) COMPREPLY=($(compgen -W 'bash zsh fish' -- \"$cur\")) ;;\n"
          "    exec) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\"))\n"
          "        [[ $cur == -* ]] || COMPREPLY=($(compgen -c -- \"$cur\")) ;;\n"
          "    '') COMPREPLY=($(compgen -W \"$options",
        file);
    for (int i = 0; i < COMMAND_COUNT; i++)
        fprintf(file, " %s", command_rows[i].word);
    fputs("\" -- \"$cur\")) ;;\n"
          "    serve | env | healthcheck) COMPREPLY=($(compgen -W \"$options\" -- \"$cur\")) ;;\n"
          "    esac\n"
          "}\n"
          "complete -F _tunemock tunemock\n",
        file);
}

/* What may stand for an option's value, as zsh's _arguments has it. */
static void completion_add_zsh_action(
    FILE *file, const struct option_row *row, struct text values, struct arena *arena)
{
    if (completion_is_path(row)) {
        fputs("_files", file);
    } else if (values.len) {
        fputc('(', file);
        completion_add_quoted(file, arena_text(arena, values).bytes, ":");
        fputc(')', file);
    }
}

/* zsh's own completions read arrays called options and commands. */
static void completion_print_zsh(FILE *file, struct arena *arena)
{
    fputs("#compdef tunemock\n"
          "local curcontext=\"$curcontext\" state line\n"
          "local -a own_options own_commands\n"
          "own_options=(\n",
        file);
    for (int i = 0; i < OPTION_ROW_COUNT; i++) {
        /* Some may be given again; that is not forbidden of the others, whose last value holds. */
        fprintf(file, "    '*--%s%s[", option_rows[i].name,
            completion_is_flag(&option_rows[i]) ? "" : "=");
        completion_add_quoted(file, option_rows[i].help, "[]:");
        fputc(']', file);
        if (!completion_is_flag(&option_rows[i])) {
            fprintf(file, ":%s:", option_rows[i].takes);
            completion_add_zsh_action(
                file, &option_rows[i], spelling_values(option_rows[i].name, arena), arena);
        }
        fputs("'\n", file);
    }
    fputs(")\n"
          "own_commands=(\n",
        file);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        fprintf(file, "    '%s:", command_rows[i].word);
        completion_add_quoted(file, command_rows[i].does, "");
        fputs("'\n", file);
    }
    fputs(")\n"
          "_arguments -C $own_options '(-)'{-h,--help}'[print all commands and options]' \\\n"
          "    '(-)--version[print the version]' '1:command:->command' '*::argument:->argument'\n"
          "case $state in\n"
          "command) _describe -t commands command own_commands ;;\n"
          "argument)\n"
          "    case $words[1] in\n"
          "    serve | env | healthcheck) _arguments $own_options ;;\n"
          "    exec)\n"
          "        # Where its command begins, which is completed as if it stood alone.\n"
          "        local -i at=2\n"
          "        while (( at < CURRENT )) && [[ $words[at] == -* ]]; do\n"
          "            [[ $words[at] == (--|*=*",
        file);
    completion_add_flags(file, "|");
    fputs(") ]] || (( at++ ))\n"
          "            (( at++ ))\n"
          "        done\n"
          "        if (( at <= CURRENT )) && [[ $words[at] != -* ]]; then\n"
          "            words=(\"${(@)words[at,-1]}\")\n"
          "            (( CURRENT -= at - 1 ))\n"
          "            _normal\n"
          "        else\n"
          "            _arguments $own_options\n"
          "        fi ;;\n"
          "    check | validate) _files ;;\n"
          "    completion) _values shell bash zsh fish ;;\n"
          "    esac ;;\n"
          "esac\n",
        file);
}

static void completion_print_fish(FILE *file, struct arena *arena)
{
    fputs("# fish completion of tunemock\n"
          "complete -c tunemock -f\n"
          "complete -c tunemock -s h -l help -d 'print all commands and options'\n"
          "complete -c tunemock -l version -d 'print the version'\n",
        file);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        fprintf(
            file, "complete -c tunemock -n __fish_use_subcommand -a %s -d '", command_rows[i].word);
        completion_add_quoted(file, command_rows[i].does, "");
        fputs("'\n", file);
    }
    for (int i = 0; i < OPTION_ROW_COUNT; i++) {
        struct text values = spelling_values(option_rows[i].name, arena);
        fprintf(file, "complete -c tunemock -l %s", option_rows[i].name);
        if (completion_is_path(&option_rows[i]))
            fputs(" -r -F", file);
        else if (!completion_is_flag(&option_rows[i]))
            fprintf(file, " -x -a '%.*s'", TEXT_ARGS(values));
        fputs(" -d '", file);
        completion_add_quoted(file, option_rows[i].help, "");
        fputs("'\n", file);
    }
    fputs("complete -c tunemock -n '__fish_seen_subcommand_from check validate' -F\n"
          "complete -c tunemock -n '__fish_seen_subcommand_from completion' -x -a 'bash zsh fish'\n"
          "complete -c tunemock -n '__fish_seen_subcommand_from exec' -x \\\n"
          "    -a '(__fish_complete_subcommand --fcs-skip=2 -",
        file);
    /* Behind one that is none of fish's own: ours that take a value. */
    for (int i = 0; i < OPTION_ROW_COUNT; i++)
        if (!completion_is_flag(&option_rows[i]))
            fprintf(file, " --%s", option_rows[i].name);
    fputs(")'\n", file);
}

bool completion_print(const char *shell, FILE *file, struct arena *arena)
{
    static const struct {
        const char *name;
        void (*print)(FILE *file, struct arena *arena);
    } shells[] = {
        {"bash", completion_print_bash},
        {"zsh", completion_print_zsh},
        {"fish", completion_print_fish},
    };
    for (size_t i = 0; i < ARRAY_COUNT(shells); i++)
        if (strcmp(shell, shells[i].name) == 0) {
            shells[i].print(file, arena);
            return true;
        }
    return false;
}
