# tunemock: build, test and run. `make help` lists the targets.
#
# V chooses the variant and its folder build/$(V): release (default), debug, asan, tsan, cov.
# User CFLAGS and LDFLAGS are appended, so `make CFLAGS=-march=native` works.

V ?= release
CC ?= cc
B := build/$(V)
LIBRARIES := libmicrohttpd libcjson sqlite3

WARNINGS := -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wformat=2 \
	-Wstrict-prototypes -Wmissing-prototypes -Wundef -Wvla -Wwrite-strings -Wcast-qual \
	-Wswitch-enum -Wimplicit-fallthrough -Wnull-dereference
HARDENING := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection \
	-fcf-protection -fPIE
