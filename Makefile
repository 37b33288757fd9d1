# Every target says what it does in `make help`. `build`, `demo` and `test`
# need Go alone; the others say what they install from Debian's packages.

SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c

GO      ?= go
APT     := $(if $(filter 0,$(shell id -u)),,sudo )apt-get
VERSION ?= $(shell git describe --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -X main.version=$(VERSION)

# With the tag `ci` Fyne draws in memory: no C compiler, no display.
CI_TAGS := -tags ci

# x11: no Wayland headers; gles: a build of one minute, not four;
# migrated_fynedo: no per-call goroutine checks (screens go through Post).
DESKTOP_TAGS := -tags "x11 gles migrated_fynedo"
DESKTOP_PKGS := gcc libc6-dev pkg-config libgl1-mesa-dev libx11-dev \
	libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev
SHOT_PKGS    := xvfb xdotool x11-xserver-utils imagemagick libgl1-mesa-dri
WINDOWS_PKGS := gcc-mingw-w64-x86-64

# Where goroutines share state, or where an allocation decides the speed.
RACE_DIRS  := internal/replica internal/agent internal/server internal/wire \
	internal/identity internal/sim app/present app/ui
BENCH_DIRS := internal/change internal/merge internal/wire internal/viet \
	internal/replica internal/server internal/sheet

# have_dirs keeps those of the folders $(1) that exist, as package patterns.
have_dirs = $(foreach d,$(1),$(if $(wildcard $(d)),./$(d)/...))

.DEFAULT_GOAL := help
.PHONY: help build demo test crash soak fuzz sim prove museum test-race bench lint desktop desktop-build shot windows clean

help: ## print this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | \
		awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

build: ## bin/syncd, the command and the central server (pure Go)
	@mkdir -p bin
	CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/syncd ./syncd

demo: build ## two offices, a province and a bad line, told as it happens
	bin/syncd demo

test: ## format, vet and every test (pure Go)
	@bad=$$(gofmt -l .); \
		if [ -n "$$bad" ]; then echo "gofmt these files:"; echo "$$bad"; exit 1; fi
	CGO_ENABLED=0 $(GO) vet $(CI_TAGS) ./...
	CGO_ENABLED=0 LANG=en_US.UTF-8 $(GO) test $(CI_TAGS) -timeout 15m ./...

crash: ## die at every write and fsync, go on from each; prints the points (a few minutes; Linux)
	CGO_ENABLED=0 LANG=en_US.UTF-8 GOGC=400 $(GO) test $(CI_TAGS) -count 1 -timeout 4h ./syncd \
		-run 'TestEveryCrashPoint|TestACommandThatDoesNotSyncIsCaught' -v -crashpoints 0 $(ARGS)

test-race: ## the concurrent packages under the race detector (installs gcc)
	@for tool in gcc:gcc /usr/include/stdio.h:libc6-dev; do \
		what=$${tool%%:*}; \
		if ! command -v "$$what" >/dev/null && [ ! -e "$$what" ]; then missing="$${missing:-} $${tool##*:}"; fi; \
	done; \
	if [ -n "$${missing:-}" ]; then $(APT) update -q && $(APT) install -y -q --no-install-recommends $$missing; fi
	@[ -n "$(strip $(call have_dirs,$(RACE_DIRS)))" ] || { echo "no concurrent package yet"; exit 0; }; \
	CGO_ENABLED=1 LANG=en_US.UTF-8 $(GO) test -race -short $(CI_TAGS) -timeout 20m $(call have_dirs,$(RACE_DIRS))

SIM ?= --histories 100000
sim: build ## seeded histories against every promise; SIM="--seed 7 --histories 1000000 …"
	bin/syncd sim $(SIM)

FOR ?= 10m
REPORT ?= bin/proof.md
prove: build ## histories in both gears for FOR=10m, and a report in REPORT=bin/proof.md; PROVE="--pure 1000000 --sqlite 50000" plays so many
	bin/syncd prove --report $(REPORT) $(if $(PROVE),$(PROVE),--for $(FOR))

museum: ## bugs of other sync systems, made again in our engine: does the simulator see them?
	CGO_ENABLED=0 LANG=en_US.UTF-8 $(GO) test $(CI_TAGS) -count 1 -timeout 1h ./internal/sim/museum -v -visits 0 -histories 10000

# Go fuzzes one target of one package at a time.
FUZZTIME ?= 1m
fuzz: ## every decoder's fuzz target, one after another, FUZZTIME=1m each
	@for dir in $$(grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u); do \
		for target in $$(CGO_ENABLED=0 $(GO) test $(CI_TAGS) -list '^Fuzz' "$$dir" | grep '^Fuzz'); do \
			echo "$$dir $$target"; \
			CGO_ENABLED=0 $(GO) test $(CI_TAGS) -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) "$$dir"; \
		done; \
	done

bench: build ## the ratios of the whole program, then of its hot packages
	bin/syncd bench
	CGO_ENABLED=0 $(GO) test $(CI_TAGS) -run '^$$' -bench . -benchmem $(call have_dirs,$(BENCH_DIRS))

SOAK ?= --runs 10 --parallel 2 --seconds 60 --replicas 5 --rate 20
soak: build ## servers and replicas as processes under faults; SOAK="--runs 200 --parallel 4 …", see bin/syncd soak --help
	bin/syncd soak $(SOAK)

lint: ## golangci-lint where it is installed, else vet and gofmt
	@if command -v golangci-lint >/dev/null; then golangci-lint run; else \
		echo "golangci-lint is not installed: vet and gofmt only"; \
		CGO_ENABLED=0 $(GO) vet $(CI_TAGS) ./...; \
		test -z "$$(gofmt -l . | tee /dev/stderr)"; fi

# debian_packages installs what is missing of $(1), and asks first (YES=1 answers).
define debian_packages
	@missing=$$(for p in $(1); do dpkg -s "$$p" >/dev/null 2>&1 || echo "$$p"; done); \
	if [ -n "$$missing" ]; then \
		echo "These Debian packages are needed:" $$missing; \
		if [ "$${YES:-}" != 1 ]; then read -r -p "Install them? [y/N] " answer; [ "$$answer" = y ] || exit 1; fi; \
		$(APT) update -q && $(APT) install -y --no-install-recommends $$missing; \
	fi
endef

desktop-build:
	$(call debian_packages,$(DESKTOP_PKGS))
	@mkdir -p bin
	CGO_ENABLED=1 $(GO) build -trimpath -buildvcs=false $(DESKTOP_TAGS) -ldflags '$(LDFLAGS)' -o bin/dongbo ./app

desktop: desktop-build build ## build and open the window on REPLICA=FILE, else on the demonstration's office (asks before it installs headers; YES=1)
	@replica="$${REPLICA:-$${DONGBO_REPLICA:-}}"; \
	if [ -z "$$replica" ]; then \
		keep=$$(mktemp -d); trap 'rm -rf "$$keep"' EXIT; \
		bin/syncd demo --keep "$$keep/demo"; replica="$$keep/demo/office1.db"; \
	fi; \
	bin/dongbo --replica "$$replica" $(ARGS)

shot: desktop-build build ## a screenshot of the window, under Xvfb (YES=1)
	$(call debian_packages,$(SHOT_PKGS))
	.ci/shot assets/doc/window.png

windows: ## bin/dongbo.exe and bin/syncd.exe, cross-built (YES=1)
	$(call debian_packages,$(WINDOWS_PKGS))
	@mkdir -p bin
	GOOS=windows GOARCH=amd64 CGO_ENABLED=0 $(GO) build -trimpath -buildvcs=false -ldflags '$(LDFLAGS)' -o bin/syncd.exe ./syncd
	GOOS=windows GOARCH=amd64 CGO_ENABLED=1 CC=x86_64-w64-mingw32-gcc $(GO) build -trimpath -buildvcs=false \
		-tags migrated_fynedo -ldflags '$(LDFLAGS) -H=windowsgui' -o bin/dongbo.exe ./app

clean: ## remove what was built
	rm -rf bin coverage*
