# A thin door to cmake and tools/; each target says in one line what it does.
JOBS ?= $(shell nproc)
SEEDS ?= 200
FUZZ_SECONDS ?= 60

.PHONY: help build test demo peers bench fuzz check tidy differential clean deps

help:            ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/'

deps:            ## Debian packages for building and testing
	@tools/install-deps build

build: deps      ## the Release binary: build/release/strata
	@cmake --preset release >/dev/null
	@cmake --build build/release -j $(JOBS) --target strata

test: deps       ## every test, under the address and undefined-behaviour sanitizers
	@cmake --preset dev >/dev/null
	@cmake --build build/dev -j $(JOBS)
	@tools/run-tests build/dev

demo: build      ## seventeen days of blocks in ./demo-bucket, before and after compaction
	@tools/demo

peers:           ## the programs that tests compare with (needs Go 1.26), into the user's cache folder
	@tools/make-peers

bench: build     ## cost against the reference (needs make peers), as a table
	@bench/compare

differential: deps  ## SEEDS=200 random merges, and downsamplings, against the reference (needs make peers)
	@cmake --preset dev >/dev/null
	@cmake --build build/dev -j $(JOBS) --target strata
	@test/differential/run.py --strata build/dev/strata --seeds 1..$(SEEDS)
	@test/differential/run.py --strata build/dev/strata --seeds 1..$(SEEDS) --downsample --keep build/differential-downsample

fuzz:            ## every fuzz target for FUZZ_SECONDS=60
	@tools/install-deps build fuzz
	@cmake --preset fuzz >/dev/null
	@cmake --build build/fuzz -j $(JOBS)
	@tools/run-fuzzers build/fuzz $(FUZZ_SECONDS)

check:           ## format, layers, sizes, words, READMEs
	@tools/install-deps lint
	@tools/check

tidy: deps       ## clang-tidy over all sources
	@tools/install-deps lint fuzz
	@cmake --preset clang >/dev/null
	@tools/run-tidy build/clang

clean:           ## what the other targets made in this folder
	rm -rf build demo-bucket
