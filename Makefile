# tunemock: build, test and run. `make help` lists the targets.
#
# V chooses the variant and its folder build/$(V): release (default), debug, asan, tsan, cov, fuzz.
# CFLAGS, CPPFLAGS and LDFLAGS of the user are appended to ours, so `make CFLAGS=-march=native` works.
# WERROR=1 makes warnings errors, VERBOSE=1 shows whole commands.

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

# --- flags -------------------------------------------------------------------------------------

LIBRARIES := libmicrohttpd libcjson sqlite3
LIBRARY_CFLAGS := $(shell pkg-config --cflags $(LIBRARIES) 2>/dev/null)
LIBRARY_LIBS := $(shell pkg-config --libs $(LIBRARIES) 2>/dev/null)
CMOCKA_LIBS := -lcmocka

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 \
	-Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla -Wwrite-strings -Wcast-qual \
	-Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
# Fortify needs an optimised build, so only the release has these. Control-flow protection is x86 only.
HARDENING := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
	$(if $(filter x86_64% i%86%,$(shell $(CC) -dumpmachine)),-fcf-protection)
HARDENING_LINK := -Wl,-z,relro,-z,now

CFLAGS_release := -O2 -g $(HARDENING)
LDFLAGS_release := $(HARDENING_LINK)
CFLAGS_debug := -Og -g3
CFLAGS_asan := -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
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
	$(LIBRARY_CFLAGS) $(CFLAGS_$(V)) $(CPPFLAGS) $(CFLAGS)
ALL_LDFLAGS := -pie -pthread $(LDFLAGS_$(V)) $(LDFLAGS)

# --- files -------------------------------------------------------------------------------------

SOURCES := $(wildcard base/*.c store/*.c server/*.c server/*/*.c)
HEADERS := $(wildcard base/*.h store/*.h server/*.h server/*/*.h tests/*/*.h)
EMBEDDED := $(wildcard store/*.sql fixtures/*.json)
UNIT_TESTS := $(wildcard tests/unit/test_*.c)
TEST_LIBRARY := $(wildcard tests/lib/*.c)
FUZZ_TARGETS := $(patsubst tests/fuzz/fuzz_%.c,%,$(wildcard tests/fuzz/fuzz_*.c))

embedded_name = $(B)/embedded/$(subst -,_,$(subst .,_,$(subst /,_,$(1))))
OBJECTS := $(SOURCES:%.c=$(B)/%.o) $(foreach f,$(EMBEDDED),$(call embedded_name,$(f)).o)
LIBRARY := $(B)/libtunemock.a
PROGRAM := $(if $(filter release,$(V)),build/tunemock,$(B)/tunemock)
UNIT_PROGRAMS := $(UNIT_TESTS:%.c=$(B)/%)
TEST_LIBRARY_OBJECTS := $(TEST_LIBRARY:%.c=$(B)/%.o)

# Says in short what is made, or with VERBOSE=1 shows the command itself.
quiet = $(if $(VERBOSE),,@echo '$(1)' $@;)

# --- building ----------------------------------------------------------------------------------

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: all tests run test clean help FORCE

all: $(PROGRAM) ## build build/tunemock (V=debug, asan, ...: build/V/tunemock)

tests: $(UNIT_PROGRAMS) ## build the unit tests

# Objects are rebuilt when compiler or flags have changed since.
$(B)/flags: FORCE
	$(if $(LIBRARY_LIBS),,$(error pkg-config does not find $(LIBRARIES): run scripts/install-deps build))
	@mkdir -p $(@D)
	@echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' | cmp -s - $@ || echo '$(CC) $(ALL_CFLAGS) $(ALL_LDFLAGS)' >$@

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

$(LIBRARY): $(filter-out $(B)/server/main.o,$(OBJECTS))
	$(call quiet,ar)rm -f $@ && $(AR) rcs $@ $^

$(PROGRAM): $(B)/server/main.o $(LIBRARY)
	$(call quiet,link)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBRARY_LIBS)

$(UNIT_PROGRAMS): %: %.o $(TEST_LIBRARY_OBJECTS) $(LIBRARY)
	$(call quiet,link)$(CC) $(ALL_LDFLAGS) -o $@ $^ $(LIBRARY_LIBS) $(CMOCKA_LIBS)

-include $(patsubst %.o,%.d,$(OBJECTS) $(UNIT_PROGRAMS:=.o) $(TEST_LIBRARY_OBJECTS))

# --- running -----------------------------------------------------------------------------------

clean: ## remove build/
	rm -rf build

help: ## show this list
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16
