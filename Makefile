# tunemock: build, test and run. `make help` lists the targets.
#
# V chooses the variant and its folder build/$(V): release (default), debug, asan, tsan, cov, fuzz.
# CFLAGS, CPPFLAGS and LDFLAGS of the user are appended to ours, so `make CFLAGS=-march=native` works.
# WERROR=1 makes warnings errors, VERBOSE=1 shows whole commands. UI=no leaves the web page out.

V ?= release
B := build/$(V)
PREFIX ?= /usr/local

ifeq ($(filter $(V),release debug asan tsan cov fuzz),)
$(error V=$(V) is none of release debug asan tsan cov fuzz)
endif
# libFuzzer comes with clang; everything else builds with any compiler.
ifeq ($(V)-$(origin CC),fuzz-default)
CC := clang
endif

# Builds use every processor unless told otherwise, and say what they make, not where.
ifeq ($(MAKELEVEL)$(findstring -j,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell getconf _NPROCESSORS_ONLN)
endif
MAKEFLAGS += --no-print-directory

# --- flags -------------------------------------------------------------------------------------

LIBRARIES := libmicrohttpd libcjson sqlite3 libutf8proc
LIBRARY_CFLAGS := $(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null)
LIBRARY_LIBS := $(shell pkg-config --libs $(LIBRARIES) 2>/dev/null)
CMOCKA_LIBS := -lcmocka

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 \
	-Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla -Wwrite-strings -Wcast-qual \
	-Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
# Fortify needs an optimised build, so only the release has these. Control-flow protection is x86 only.
HARDENING := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
	$(if $(filter x86_64% i%86%,$(shell $(CC) -dumpmachine 2>/dev/null)),-fcf-protection)
HARDENING_LINK := -Wl,-z,relro,-z,now

CFLAGS_release := -O2 -g $(HARDENING)
LDFLAGS_release := $(HARDENING_LINK)
CFLAGS_debug := -Og -g3
# How much longer tests take under them: see tests/lib/unit.h.
SLOWNESS_asan := -DUNIT_SLOWNESS=3
SLOWNESS_tsan := -DUNIT_SLOWNESS=9
SLOWNESS_cov := -DUNIT_SLOWNESS=9
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined,float-cast-overflow -fno-sanitize-recover=all
LDFLAGS_asan := -fsanitize=address,undefined
CFLAGS_tsan := -O1 -g -fno-omit-frame-pointer -fsanitize=thread
LDFLAGS_tsan := -fsanitize=thread
CFLAGS_cov := -O0 -g --coverage -fprofile-update=atomic
LDFLAGS_cov := --coverage
CFLAGS_fuzz := -O1 -g -fno-omit-frame-pointer -fsanitize=fuzzer-no-link,address,undefined \
	-fno-sanitize-recover=all
LDFLAGS_fuzz := -fsanitize=address,undefined

BASE_CPPFLAGS := -std=c17 -D_GNU_SOURCE -I.
ALL_CFLAGS := $(BASE_CPPFLAGS) $(WARNINGS) $(if $(WERROR),-Werror) -fPIE -pthread \
	$(LIBRARY_CFLAGS) $(CFLAGS_$(V)) $(SLOWNESS_$(V)) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS := -pie -pthread $(LDFLAGS_$(V)) $(LDFLAGS)

# --- files -------------------------------------------------------------------------------------

SOURCES := $(wildcard base/*.c store/*.c server/*.c server/*/*.c)
HEADERS := $(wildcard base/*.h store/*.h server/*.h server/*/*.h tests/*/*.h)
TABLES := $(wildcard server/*/*.def)
EMBEDDED := $(wildcard store/*.sql fixtures/*.json fixtures/*.jsonl)
# The web page; UI=no leaves it out. It draws with a library of Debian's, which CHART_JS may name elsewhere.
UI_FILES := $(sort $(shell find server/ui -type f ! -name '*.[ch]'))
CHART_JS ?= /usr/share/javascript/chart.js/chart.min.js
UI_PARTS := $(if $(filter no,$(UI)),,$(CHART_JS) $(UI_FILES))
UNIT_TESTS := $(wildcard tests/unit/test_*.c)
TEST_LIBRARY := $(wildcard tests/lib/*.c)
# The project's own scripts and pages are the same whatever the program was built with: once is enough.
SCRIPT_TESTS := $(if $(filter release,$(V)),tests/scripts)
LINTS := $(if $(filter release,$(V)),scripts/lint-includes scripts/lint-names)
TEST_SCRIPTS := $(sort $(shell find tests/http $(SCRIPT_TESTS) -name 'test_*' -type f -perm -u+x 2>/dev/null))
UI_TESTS := $(sort $(wildcard tests/ui/test_*$(T)*.mjs))
SLOW_TESTS := $(sort $(shell find tests/slow -name 'test_*' -type f -perm -u+x 2>/dev/null))
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

# The compiled form of an embedded file: fixtures/base_models.json -> build/V/embedded/fixtures_base_models_json
embedded_name = $(B)/embedded/$(subst -,_,$(subst .,_,$(subst /,_,$(1))))
OBJECTS := $(SOURCES:%.c=$(B)/%.o) $(foreach f,$(EMBEDDED),$(call embedded_name,$(f)).o) $(B)/embedded/ui.o
LIBRARY := $(B)/libtunemock.a
PROGRAM := $(if $(filter release,$(V)),build/tunemock,$(B)/tunemock)
# The binary that the tests drive; TUNEMOCK=build/static/x86_64/tunemock has them drive that one instead.
TUNEMOCK = $(CURDIR)/$(PROGRAM)
override TUNEMOCK := $(abspath $(TUNEMOCK))
UNIT_PROGRAMS := $(UNIT_TESTS:%.c=$(B)/%)
TEST_LIBRARY_OBJECTS := $(TEST_LIBRARY:%.c=$(B)/%.o)
REPLAY_PROGRAMS := $(FUZZ_TARGETS:%=$(B)/tests/fuzz/replay_%)
FUZZ_PROGRAMS := $(FUZZ_TARGETS:%=$(B)/tests/fuzz/fuzz_%)
FILL := $(B)/tests/bench/fill
TEST_OBJECTS := $(TEST_LIBRARY_OBJECTS) $(UNIT_PROGRAMS:=.o) $(FUZZ_PROGRAMS:=.o) $(FILL).o \
	$(if $(FUZZ_TARGETS),$(B)/tests/fuzz/replay_main.o)
TIDY_STAMPS := $(SOURCES:%.c=$(B)/%.tidy)

# Says in short what is made, or with VERBOSE=1 shows the command itself.
quiet = $(if $(VERBOSE),,@echo '$(1)' $@;)

# --- building ----------------------------------------------------------------------------------

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all tests objects test-objects tidy run test check test-slow test-clients test-shared test-packages test-browser test-ui bench-ui test-crash asan tsan coverage \
	lint checked format fuzz fuzz-all bench bench-full bench-peers \
	bench-instructions demo demo-ui static test-static test-reproducible release install clean help FORCE

all: $(PROGRAM) ## build build/tunemock (with V=debug, asan, ...: build/V/tunemock)
	@:

tests: $(UNIT_PROGRAMS) $(REPLAY_PROGRAMS) ## build the test programs
	@:

objects: $(OBJECTS)
	@:

test-objects: $(TEST_OBJECTS)
	@:

# Objects are rebuilt when compiler or flags have changed since.
$(B)/flags: FORCE
	$(if $(LIBRARY_LIBS),,$(error pkg-config does not find $(LIBRARIES): run scripts/install-deps build))
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' | cmp -s - $@ || \
		echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' >$@

$(B)/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(call quiet,cc)$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

$(B)/embedded/%.o: $(B)/embedded/%.c $(B)/flags
	$(call quiet,cc)$(CC) $(ALL_CFLAGS) -c -o $@ $<

define embed_rule
$(call embedded_name,$(1)).c: $(1) scripts/embed
	@mkdir -p $$(@D)
	$$(call quiet,embed)scripts/embed $(1) >$$@
endef
$(foreach f,$(EMBEDDED),$(eval $(call embed_rule,$(f))))

$(B)/embedded/ui_parts: FORCE
	@mkdir -p $(@D)
	@echo '$(UI_PARTS)' | cmp -s - $@ || echo '$(UI_PARTS)' >$@

$(B)/embedded/ui.c: $(UI_PARTS) $(B)/embedded/ui_parts scripts/embed-ui scripts/join-ui scripts/strip-ui
	$(call quiet,embed)scripts/embed-ui $(UI_PARTS) >$@

ifneq ($(CHART_JS),$(wildcard $(CHART_JS)))
$(CHART_JS):
	@echo 'make: there is no $@, with which the web page draws: scripts/install-deps build installs it.' >&2
	@echo 'make: CHART_JS=/path/chart.min.js takes another, and UI=no builds without the page.' >&2
	@exit 1
endif

$(LIBRARY): $(filter-out $(B)/server/main.o,$(OBJECTS))
	$(call quiet,ar)rm -f $@ && $(AR) rcs $@ $^

$(PROGRAM): $(B)/server/main.o $(LIBRARY)
	$(call quiet,link)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBRARY_LIBS) -lm

$(UNIT_PROGRAMS): %: %.o $(TEST_LIBRARY_OBJECTS) $(LIBRARY)
	$(call quiet,link)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBRARY_LIBS) -lm $(CMOCKA_LIBS)

$(FILL): $(B)/tests/bench/fill.o $(LIBRARY)
	$(call quiet,link)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBRARY_LIBS) -lm

$(REPLAY_PROGRAMS): $(B)/tests/fuzz/replay_%: $(B)/tests/fuzz/fuzz_%.o $(B)/tests/fuzz/replay_main.o \
		$(TEST_LIBRARY_OBJECTS) $(LIBRARY)
	$(call quiet,link)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBRARY_LIBS) -lm $(CMOCKA_LIBS)

$(FUZZ_PROGRAMS): %: %.o $(TEST_LIBRARY_OBJECTS) $(LIBRARY)
	$(call quiet,link)$(CC) $(ALL_LDFLAGS) -fsanitize=fuzzer -o $@ $^ $(LIBRARY_LIBS) -lm $(CMOCKA_LIBS)

-include $(patsubst %.o,%.d,$(OBJECTS) $(TEST_OBJECTS))

# --- running and testing -----------------------------------------------------------------------

# The first finding ends the program, and its report shows how it got there. A program that ends has ended its threads
# before: it need not wait for a second, as it would, for what they may do yet.
export ASAN_OPTIONS ?= detect_stack_use_after_return=1:strict_string_checks=1
export UBSAN_OPTIONS ?= print_stacktrace=1
export TSAN_OPTIONS ?= halt_on_error=1 second_deadlock_stack=1 atexit_sleep_ms=50

# What a target needs is installed before the libraries are looked for, hence a make of its own for the rest.
run: ## build what is missing, then serve on port 8863 until Ctrl-C
	@scripts/install-deps build
	@$(MAKE) all
	@exec $(PROGRAM) serve

test: ## run all tests; ends in `N passed, N failed`
	@scripts/install-deps test
	@$(MAKE) $(PROGRAM) tests || { echo '0 passed, 1 failed'; exit 1; }
	@$(MAKE) check

# Each target's inputs: those worth keeping, and those that once crashed it.
replay_command = '$(B)/tests/fuzz/replay_$(1) tests/fuzz/corpus/$(1) tests/fuzz/regressions/$(1)'

# With T=: those, also slow ones, whose paths have it as a part, and no more is built than they need.
CHECKS := $(UNIT_PROGRAMS) $(TEST_SCRIPTS) $(LINTS)
CHOSEN_CHECKS = $(strip $(foreach t,$(CHECKS) $(SLOW_TESTS),$(if $(findstring $(T),$(t:$(B)/%=%)),$(t))))
ALL_CHECKS = $(CHECKS) $(if $(LINTS),'scripts/lint-symbols $(B)') $(foreach t,$(FUZZ_TARGETS),$(call replay_command,$(t)))

check: $(PROGRAM) $(if $(T),$(filter $(UNIT_PROGRAMS),$(CHOSEN_CHECKS)),tests) ## run all tests with what is installed; T=json_read runs those with this in their name
	$(if $(T),$(if $(CHOSEN_CHECKS),,$(error no test has $(T) in its name)))
	@TUNEMOCK=$(TUNEMOCK) scripts/run-tests $(if $(T),$(CHOSEN_CHECKS),$(ALL_CHECKS))

test-slow: ## run the tests that take seconds each: floods, full disks, races, kills
	@scripts/install-deps test
	@$(MAKE) $(PROGRAM) || { echo '0 passed, 1 failed'; exit 1; }
	@TUNEMOCK=$(TUNEMOCK) scripts/run-tests $(SLOW_TESTS)

asan: ## run all tests of the program under the address and undefined-behaviour sanitizers
	@$(MAKE) test V=asan

tsan: ## run all tests of the program under the thread sanitizer
	@$(MAKE) test V=tsan

# Core clients that cannot be installed are skipped by name, also for want of the tools that install them.
test-clients: ## drive the server with the real client libraries; CLIENTS=core takes the most used ones
	@scripts/install-deps $(if $(filter core,$(CLIENTS)),test,clients)
	@[ '$(CLIENTS)' != core ] || scripts/install-deps core-clients || true
	@$(MAKE) all
	TUNEMOCK=$(TUNEMOCK) tests/clients/run

test-shared: ## run two suites whose tests share one server, ROUNDS times in a row (20), each in another order
	@scripts/install-deps test
	@scripts/install-deps core-clients
	@$(MAKE) all
	TUNEMOCK=$(TUNEMOCK) ROUNDS=$(or $(ROUNDS),20) tests/clients/run shared-pytest shared-node

# The roots are made first, which takes minutes the first time.
ROOTS := busybox debian musl
test-packages: ## install wheel and npm packages in bare roots, of Debian and of musl, and run suites of fifty tests there
	@scripts/install-deps roots
	@tests/roots/make-roots || { echo '0 passed, 1 failed'; exit 1; }
	@scripts/run-tests $(foreach r,$(ROOTS),'tests/roots/show-root $(r)')

# Where no browser can be installed, that is said, and nothing has failed.
test-browser: ## open pages of strangers in a real browser, which must not drive the control API
	@scripts/install-deps test
	@$(MAKE) $(PROGRAM) || { echo '0 passed, 1 failed'; exit 1; }
	@if scripts/install-deps browser; then \
		TUNEMOCK=$(TUNEMOCK) scripts/run-tests tests/browser/test_guard.py; \
	else \
		echo 'test-browser: there is no chromium, and it cannot be installed: no page was opened'; \
		echo '0 passed, 0 failed, 1 skipped'; \
	fi

# Where no browser or nothing that drives it can be installed, that is said, and nothing has failed.
test-ui: ## drive the web page in a real browser; pictures of it land in build/ui/, T=look takes some
	@scripts/install-deps test
	@$(MAKE) $(PROGRAM) || { echo '0 passed, 1 failed'; exit 1; }
	@if scripts/install-deps ui && tests/ui/install; then \
		TUNEMOCK=$(TUNEMOCK) UI_TOOLS=$(CURDIR)/build/ui/tools scripts/run-tests $(UI_TESTS); \
	else \
		echo 'test-ui: there is no chromium, Node or playwright-core, and they cannot be installed: no page was opened'; \
		echo '0 passed, 0 failed, 1 skipped'; \
	fi

bench-ui: ## measure what the page costs its browser: first view, 10,000 requests, 20 curves of 1,000 steps
	@scripts/install-deps ui
	@tests/ui/install
	@$(MAKE) $(PROGRAM)
	@TUNEMOCK=$(TUNEMOCK) UI_TOOLS=$(CURDIR)/build/ui/tools node tests/ui/measure.mjs

test-crash: ## kill the server at random moments and check what it kept
	@scripts/install-deps test
	@$(MAKE) all
	TUNEMOCK=$(TUNEMOCK) tests/crash/run

# Percent of lines, a little below what the tests reach; raise it when they reach more.
COVERAGE_FLOOR := 96

coverage: ## run all tests and report the lines they reach
	@scripts/install-deps lint
	@if [ -d build/cov ]; then find build/cov -name '*.gcda' -delete; fi
	@$(MAKE) test V=cov
	gcovr --root . --object-directory build/cov --filter base/ --filter store/ --filter server/ \
		--print-summary --fail-under-line $(COVERAGE_FLOOR)

FUZZ_SECONDS := 60

fuzz: ## fuzz each target for FUZZ_SECONDS; crashers land in tests/fuzz/regressions/
	@scripts/install-deps lint
	@$(MAKE) V=fuzz fuzz-all

fuzz-all: $(FUZZ_PROGRAMS)
	@for target in $(FUZZ_TARGETS); do \
		mkdir -p $(B)/corpus/$$target tests/fuzz/corpus/$$target tests/fuzz/regressions/$$target && \
		$(B)/tests/fuzz/fuzz_$$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -print_final_stats=1 \
			-artifact_prefix=tests/fuzz/regressions/$$target/ \
			$(B)/corpus/$$target tests/fuzz/corpus/$$target tests/fuzz/regressions/$$target || exit 1; \
	done

lint: ## run all static checks: layering, format, compilers' analysers, clang-tidy, cppcheck, shellcheck
	@scripts/install-deps lint
	@scripts/lint

checked: ## run all that this is checked with and print the outcome as a table; PART=image takes some rows
	@scripts/checked '$(PART)'

tidy: $(TIDY_STAMPS)
	@:

$(TIDY_STAMPS): $(B)/%.tidy: %.c $(HEADERS) $(TABLES) .clang-tidy
	@mkdir -p $(@D)
	$(call quiet,tidy)clang-tidy --quiet $< -- $(BASE_CPPFLAGS) $(LIBRARY_CFLAGS) && touch $@

format: ## format all C files
	clang-format -i $(SOURCES) $(HEADERS) $(wildcard tests/*/*.c)

bench: ## measure each target of speed that takes under a minute, beside nginx; writes build/bench.json
	@scripts/install-deps bench
	@$(MAKE) all
	TUNEMOCK=$(TUNEMOCK) tests/bench/run

bench-full: ## measure the targets that take minutes: a million models and requests, idle connections, slow streams
	@scripts/install-deps bench
	@$(MAKE) all $(FILL)
	TUNEMOCK=$(TUNEMOCK) FILL=$(CURDIR)/$(FILL) tests/bench/full

bench-peers: ## measure other mock servers beside this one, on the same request
	@scripts/install-deps peers
	@$(MAKE) all
	TUNEMOCK=$(TUNEMOCK) tests/bench/peers

# Where there is no valgrind and it cannot be installed, that is said, and nothing has failed.
bench-instructions: ## compare what the main calls cost with tests/bench/instructions.json; WRITE=1 writes that file
	@scripts/install-deps test
	@$(MAKE) $(PROGRAM) || { echo '0 passed, 1 failed'; exit 1; }
	@if scripts/install-deps instructions; then \
		TUNEMOCK=$(TUNEMOCK) tests/bench/instructions $(if $(WRITE),write); \
	else \
		echo 'bench-instructions: there is no valgrind, and it cannot be installed: nothing was counted'; \
		echo '0 passed, 0 failed, 1 skipped'; \
	fi

demo: ## play the published tuning quickstart; STEP=1 waits for a key at each step, KEEP=1 keeps the server
	@scripts/install-deps demo
	@$(MAKE) all
	@TUNEMOCK=$(TUNEMOCK) scripts/demo

static: ## build build/static/ARCH/tunemock, one file for any Linux; ARCH=aarch64 for that processor
	@scripts/build-static $(ARCH)

test-static: ## run all tests, core clients and kills against build/static/ARCH/tunemock; ARCH=aarch64: cases, emulated
	@scripts/test-static $(ARCH)

test-reproducible: ## build the static program twice, in different folders: it must be the same bytes
	@scripts/test-reproducible $(ARCH)

demo-ui: ## serve the page with a story to watch: models in training, one that fails, a client that asks
	@scripts/install-deps demo
	@$(MAKE) all
	@TUNEMOCK=$(TUNEMOCK) scripts/demo-ui

release: ## build all files of a release into build/release-files/, of the commit that is checked out
	@scripts/install-deps test
	@scripts/release

install: all ## copy tunemock to PREFIX/bin (/usr/local), below DESTDIR
	install -D -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/tunemock

clean: ## remove build/
	rm -rf build

help: ## show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16
