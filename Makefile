# The two commands: `make run` and `make test`. Everything they need comes from the user's own package clients (npm, cargo, pip).

SHELL := /bin/bash
.DEFAULT_GOAL := build
CARGO ?= cargo
PORTICO_MODELS ?= $(CURDIR)/models
export PORTICO_MODELS

.PHONY: build run test bench bench-load bench-batch fuzz tools deps models lint clean

## build: dependencies, models, release binary
build: deps
	$(CARGO) build --release --locked
	./target/release/portico models install

## run: build, then serve the page on http://127.0.0.1:7878
run: build
	./target/release/portico serve

## test: everything, with the real model and a real browser
test: deps
	./scripts/test.sh

## bench: criterion benches and the figures of docs/FIGURES.md
bench: build
	$(CARGO) bench --locked
	node benches/figures.mjs
	node benches/pointing.mjs

## bench-load: a server under load, on this machine only: the figures of docs/LOAD.md
bench-load: build
	node benches/load.mjs

## bench-batch: a batch of 2000 pictures: the figures of docs/BATCHES.md
bench-batch: build
	python3 benches/batch.py target/release/portico

## fuzz: ten minutes for each target of fuzz/, see docs/FUZZING.md
fuzz:
	./scripts/fuzz.sh 600

## lint: formatting and compiler warnings as errors
lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --locked --all-targets -- -D warnings

tools:
	@./scripts/need.sh

deps: tools node_modules/.package-lock.json

node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-progress
	@touch $@
