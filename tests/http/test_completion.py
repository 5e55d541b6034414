#!/usr/bin/env -S python3 -B
"""What shells and man are given: the completions, and the manual page. All is made from the tables of --help, so a new
option or command is there by itself; here the shells that are installed take it, and bash completes words."""
import pathlib
import re
import shutil
import subprocess
import tempfile

import tunemock

PROJECT = pathlib.Path(__file__).resolve().parent.parent.parent
OPTIONS = re.findall(r"^  (--[a-z-]+) ", tunemock.run("--help")[1], re.MULTILINE)
COMMANDS = ["serve", "exec", "env", "healthcheck", "check", "validate", "schema", "completion", "man", "version", "help"]


def printed(*words):
    status, output, errors = tunemock.run(*words)
    assert (status, errors) == (0, ""), errors
    return output


def needs(command):
    if not shutil.which(command):
        raise tunemock.Skipped(f"no {command}")


def completed(line):
    """The words that bash offers for the last one of the line, which is split as bash does."""
    words = re.findall(r"=|[^\s=]+", line) + ([""] if line.endswith(" ") else [])
    array = " ".join(f"'{word}'" for word in words)
    script = (f"{printed('completion', 'bash')}\ncompopt() {{ :; }}\n_command_offset() {{ COMPREPLY=(\"offset $1\"); }}\n"
              f"COMP_WORDS=({array}); COMP_CWORD={len(words) - 1}; _tunemock; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    done = subprocess.run(["bash", "-u", "-c", script], capture_output=True, text=True, cwd=PROJECT, timeout=60, check=False)
    assert done.stderr == "", done.stderr
    return done.stdout.split("\n")[:-1]


def test_bash_completes_commands_and_options():
    assert set(OPTIONS) | {"--help", "--version"} | set(COMMANDS) == set(completed("tunemock "))
    assert completed("tunemock vali") == ["validate"]
    assert set(completed("tunemock --log")) == {"--log-format", "--log-level"}
    assert set(completed("tunemock serve --port 0 --log")) == {"--log-format", "--log-level"}
    assert completed("tunemock completion z") == ["zsh"]
    assert completed("tunemock --no-ui vali") == ["validate"]


def test_bash_completes_the_words_of_an_option():
    assert completed("tunemock --fidelity ") == ["compat", "strict"]
    assert completed("tunemock --fidelity=") == ["compat", "strict"]
    assert completed("tunemock --fidelity=s") == ["strict"]
    assert completed("tunemock --isolate ") == ["none", "key"]
    assert completed("tunemock --progress ") == ["time", "manual", "polls:"]
    assert completed("tunemock --port ") == [""]


def test_bash_completes_files_where_files_are_taken():
    assert completed("tunemock --data Make") == ["Makefile"]
    assert completed("tunemock --db=Make") == ["Makefile"]
    assert completed("tunemock validate Make") == ["Makefile"]


def test_bash_leaves_the_command_of_exec_to_the_completion_of_that():
    assert "make" in completed("tunemock exec mak")
    assert "make" in completed("tunemock exec --step-time 0 -- mak")
    assert completed("tunemock exec --step-time=0 make te") == ["offset 5"]
    assert completed("tunemock exec --no-ui make te") == ["offset 3"]


def test_fish_completes_likewise():
    needs("fish")
    offered = {"tunemock vali": "validate", "tunemock --fidelity s": "strict", "tunemock --data Make": "Makefile",
               "tunemock exec --isol": "--isolate", "tunemock exec --step-time 0 -- fis": "fish"}
    with tempfile.NamedTemporaryFile("w", suffix=".fish") as file:
        file.write(printed("completion", "fish"))
        file.flush()
        for line, word in offered.items():
            done = subprocess.run(["fish", "--no-config", "-c", f"source {file.name}; complete -C '{line}'"], capture_output=True,
                                  text=True, cwd=PROJECT, timeout=60, check=True)
            assert word in [each.partition("\t")[0] for each in done.stdout.splitlines()], (line, done.stdout)


def test_zsh_and_fish_are_given_every_command_and_option():
    zsh, fish = printed("completion", "zsh"), printed("completion", "fish")
    assert re.findall(r"^    '\*(--[a-z-]+)=?\[", zsh, re.MULTILINE) == OPTIONS
    assert [f"--{name}" for name in re.findall(r"^complete -c tunemock -l ([a-z-]+) ", fish, re.MULTILINE)
            if name != "version"] == OPTIONS
    assert re.findall(r"^    '([a-z]+):", zsh, re.MULTILINE) == COMMANDS
    assert re.findall(r"__fish_use_subcommand -a ([a-z]+) ", fish) == COMMANDS


def assert_read(shell):
    needs(shell)
    done = subprocess.run([shell, "-n", "/dev/stdin"], input=printed("completion", shell), capture_output=True, text=True,
                          timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr


def test_bash_reads_its_completion():
    assert_read("bash")


def test_zsh_reads_its_completion():
    assert_read("zsh")


def test_fish_reads_its_completion():
    assert_read("fish")


def test_another_shell_is_refused_by_name():
    for words, message in ((["completion"], "completion: needs a shell: bash, zsh or fish"),
                           (["completion", "tcsh"], 'completion takes bash, zsh or fish, not "tcsh"')):
        status, output, errors = tunemock.run(*words)
        assert (status, output) == (2, "") and message in errors, (words, errors)


def test_the_manual_has_every_command_and_option():
    page = printed("man").replace("\\-", "-")
    assert re.findall(r"^\\fB(--[a-z-]+)\\fR ", page, re.MULTILINE) == OPTIONS
    usages = re.findall(r"^\\fBtunemock\\fR (.*)$", page, re.MULTILINE)
    assert [re.search(r"[a-z]+", usage).group() for usage in usages] == COMMANDS
    version = printed("version").strip()
    assert f'"{version}"' in page.splitlines()[0]


def test_man_reads_the_manual_without_a_complaint():
    needs("groff")
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-P-c"], input=printed("man"), capture_output=True, text=True,
                          timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    assert "--step-time DUR" in re.sub(r".\x08", "", done.stdout), done.stdout


tunemock.run_tests(globals())
