# What can be done here. "make" alone lists it.

GO          ?= go
STATICCHECK ?= $(GO) run honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME    ?= 60s
# What the moments of death are drawn from; 0 takes the time.
SEED        ?= 0
# The bundled sites live in a folder that ./... passes over.
PACKAGES     = ./... ./testdata/sites

.DEFAULT_GOAL := help
.PHONY: help build test check format vet staticcheck regress golden bench bench-large bench-peers bench-memory bench-start bench-polite compare-links fuzz cover torture memory profile

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## build the command as ./amble
	$(GO) build -o amble ./cmd/amble

test: ## run the tests
	$(GO) test $(PACKAGES)

check: format vet staticcheck ## what CI runs: format, vet, staticcheck, tests with -race and shuffled, regress
	$(GO) test -race -shuffle=on $(PACKAGES)
	$(MAKE) regress

format:
	@unformatted=$$(gofmt -l $$(git ls-files '*.go' 2>/dev/null || find . -name '*.go')); \
	if [ -n "$$unformatted" ]; then echo "not gofmt-clean: $$unformatted"; exit 1; fi

vet:
	$(GO) vet $(PACKAGES)

staticcheck:
	$(STATICCHECK) $(PACKAGES)

regress: ## crawl every bundled site with the built command and compare with testdata/golden
	$(GO) test -count=1 -run '^TestGolden$$' ./cmd/amble -golden

golden: ## rewrite testdata/golden from such crawls; review the difference as code
	$(GO) test -count=1 -run '^TestGolden$$' ./cmd/amble -golden -update

bench: ## run the benchmarks, in a form that benchstat reads
	$(GO) test -run '^$$' -bench . -benchmem $(PACKAGES)

bench-large: LARGE ?= 1000000
bench-large: ## memory of each export, of the report, of amble links and of amble diff on a crawl of LARGE pages (1,000,000): an hour, and some GB of disk
	$(GO) test -run '^$$' -bench '^BenchmarkLarge$$' -benchtime 1x -timeout 5h ./cmd/amble -large $(LARGE)

# What the crawlers crawl in bench-peers (Debian packages with html, folders, maze), which of them run (all if empty), how often, the pages of the maze,
# and how long one run may take.
TREES        ?= python3.11-doc postgresql-doc-15 rust-doc maze
PEERS        ?=
ROUNDS       ?= 5
MAZE         ?= 20000
LIMIT        ?= 5m
BENCH         = cd testdata/bench && $(GO) build -o ../../bench.out . && exec ../../bench.out

bench-peers: build ## run amble and other crawlers side by side (TREES, PEERS, ROUNDS, MAZE, LIMIT); as root it installs what is missing
	$(BENCH) peers -amble ../../amble -trees "$(TREES)" -peers "$(PEERS)" -rounds $(ROUNDS) -maze $(MAZE) -limit $(LIMIT)

bench-memory: MAZE = 100000
bench-memory: LIMIT = 1m
bench-memory: build ## memory of amble and other crawlers on a large maze (MAZE=1000000 LIMIT=30m for a larger one)
	$(BENCH) memory -amble ../../amble -peers "$(PEERS)" -maze $(MAZE) -limit $(LIMIT)

bench-start: build ## time before the first request, behind the last answer, and of amble --help
	$(BENCH) start -amble ../../amble

compare-links: TREES = python3.11-doc postgresql-doc-15
compare-links: LIMIT = 30m
compare-links: build ## have amble and other programs look for broken links, and print what they do not agree in (TREES, PEERS, LIMIT); as root it installs what is missing
	$(BENCH) links -amble ../../amble -trees "$(TREES)" -peers "$(PEERS)" -limit $(LIMIT)

bench-polite: ## crawls that are bound by manners: time against what manners demand, up to 10,000 domains
	$(GO) test -count=1 -timeout 30m -run '^TestPolite' -v ./crawler -polite

fuzz: ## fuzz everything that reads foreign bytes, FUZZTIME (60s) each
	@for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz'); do \
			echo "== $$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) $$pkg || exit 1; \
		done; \
	done

cover: ## measure the tests' coverage
	$(GO) test -coverprofile=cover.out -coverpkg=./... ./...
	$(GO) tool cover -func=cover.out | tail -1

torture: ## kill the built command 200 times, fill its disk, stop it, take its server away (SEED=n repeats one such run)
	$(GO) test -count=1 -timeout 90m -run Torture ./cmd/amble -torture 200 -torture-seed $(SEED) -torture-race

memory: ## measure memory, crawl file and resume with 1 and 10 million known URLs: minutes, and some GB of disk
	$(GO) test -run '^$$' -bench '^BenchmarkKnown$$' -benchtime 1x -timeout 3h ./cmd/amble -known 1000000,10000000

# A folder of pages, or the URL of a site of your own.
TREE        ?= /usr/share/doc/python3.11-doc/html
CRAWLS      ?= 10

profile: ## crawl TREE (a folder or a URL) CRAWLS times under the profiler: cpu.prof and heap.prof, for go tool pprof amble.test
	cd cmd/amble && $(GO) test . -run '^$$' -bench '^BenchmarkCrawl$$' -benchtime $(CRAWLS)x -o ../../amble.test \
		-cpuprofile ../../cpu.prof -memprofile ../../heap.prof -profile-crawl $(TREE)
	$(GO) tool pprof -top -cum -nodecount 40 amble.test cpu.prof
