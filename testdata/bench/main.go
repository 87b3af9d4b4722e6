// Command bench runs crawlers side by side over the same sites and prints what each takes. make bench-peers, bench-memory and bench-start call it; and
// compares what they say of broken links, for make compare-links.
//
//	bench peers|memory|start|links [flags]
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

type settings struct {
	amble, trees, only string
	rounds, maze       int
	limit              time.Duration
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "launch" {
		exit(launch(os.Args[2:]))
	}
	modes := map[string]func(context.Context, *bench, settings) error{"peers": benchPeers, "memory": benchMemory, "start": benchStart, "links": compareLinks}
	if len(os.Args) < 2 || modes[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: bench peers|memory|start|links [flags]")
		os.Exit(2)
	}
	var s settings
	flags := flag.NewFlagSet(os.Args[1], flag.ExitOnError)
	flags.StringVar(&s.amble, "amble", "amble", "the built command")
	flags.StringVar(&s.trees, "trees", "python3.11-doc postgresql-doc-15 rust-doc maze", "what to crawl: Debian packages with html, folders, maze")
	flags.StringVar(&s.only, "peers", "", "run only these crawlers, and amble")
	flags.IntVar(&s.rounds, "rounds", 5, "how often each crawler runs")
	flags.IntVar(&s.maze, "maze", 20_000, "pages of the maze")
	flags.DurationVar(&s.limit, "limit", 5*time.Minute, "what one run may take; who needs more is not run again there")
	_ = flags.Parse(os.Args[2:])
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(within(ctx, modes[os.Args[1]], s))
}

func within(ctx context.Context, mode func(context.Context, *bench, settings) error, s settings) error {
	dir, err := os.MkdirTemp("", "amble-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Chmod(dir, 0o755); err != nil { // for nginx's workers
		return err
	}
	src, err := os.Getwd()
	if err != nil {
		return err
	}
	if s.amble, err = filepath.Abs(s.amble); err != nil {
		return err
	}
	if s.rounds < 1 || s.maze < 2 {
		return fmt.Errorf("want at least 1 round and a maze of 2 pages")
	}
	fmt.Printf("%s, %s, %d processors, %s\n", time.Now().Format("2 January 2006"), processor(), runtime.NumCPU(), runtime.Version())
	return mode(ctx, &bench{dir: dir, src: src}, s)
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// processor is the name of the machine's, as Linux tells it.
func processor() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	_, rest, _ := strings.Cut(string(info), "model name")
	name, _, _ := strings.Cut(rest, "\n")
	if name = strings.Trim(name, "\t :"); name == "" {
		return runtime.GOARCH
	}
	return name
}

// present are the peers that can be had, with the paths of their programs. Of each that is left out it says why, in one line.
func present(ctx context.Context, e *bench, s settings) (there []peer, path map[string]string) {
	path = make(map[string]string)
	for _, p := range peers(e, s.amble) {
		if s.only != "" && p.name != "amble" && !strings.Contains(" "+s.only+" ", " "+p.name+" ") {
			continue
		}
		at, err := p.get(ctx, e)
		if err == nil {
			_, err = exec.LookPath(at)
		}
		if err != nil {
			fmt.Printf("%s is left out: %v\n", p.name, err)
			continue
		}
		there, path[p.name] = append(there, p), at
	}
	return there, path
}

// openSites opens and serves what is to be crawled.
func openSites(ctx context.Context, e *bench, s settings) (sites []*site, stop func(), err error) {
	for name := range strings.FieldsSeq(s.trees) {
		t, err := openSite(ctx, name)
		if err != nil {
			fmt.Printf("%s is left out: %v\n", name, err)
			continue
		}
		sites = append(sites, t)
	}
	if len(sites) == 0 {
		return nil, nil, fmt.Errorf("nothing to crawl: -trees %q", s.trees)
	}
	stop, err = serve(ctx, e.dir, s.amble, s.maze, sites)
	return sites, stop, err
}

// crawl has a peer crawl a site once.
func crawl(ctx context.Context, e *bench, p peer, path string, t *site, pages *Pages, limit time.Duration) (Run, error) {
	dir, err := os.MkdirTemp(e.dir, "run")
	if err != nil {
		return Run{}, err
	}
	defer os.RemoveAll(dir)
	st, err := os.Stat(t.log)
	if err != nil {
		return Run{}, err
	}
	j := job{url: strings.TrimSuffix(t.origin, "/") + t.first, origin: t.origin, suffix: t.suffix, dir: dir}
	cost, err := measure(ctx, limit, append([]string{path}, p.args(j)...)...)
	if err != nil {
		return Run{}, err
	}
	tally, err := pages.logSince(t.log, st.Size())
	return Run{cost, tally}, err
}

// benchPeers runs all crawlers in turn, round by round, so that what disturbs the machine for a while disturbs all; each round begins with another one.
func benchPeers(ctx context.Context, e *bench, s settings) error {
	there, path := present(ctx, e, s)
	sites, stop, err := openSites(ctx, e, s)
	if err != nil {
		return err
	}
	defer stop()
	for _, t := range sites {
		pages, runs, late := &Pages{}, make(map[string][]Run), make(map[string]bool)
		for round := range s.rounds {
			for i := range there {
				p := there[(i+round)%len(there)]
				if late[p.name] {
					continue
				}
				r, err := crawl(ctx, e, p, path[p.name], t, pages, s.limit)
				if err != nil {
					return err
				}
				late[p.name] = r.Late
				runs[p.name] = append(runs[p.name], r)
				fmt.Fprintf(os.Stderr, "%s, round %d: %s: %d pages, %v, %v of CPU\n", t.name, round+1, p.name, r.Distinct, r.Wall.Round(time.Millisecond), r.CPU.Round(time.Millisecond))
			}
		}
		fmt.Printf("\n### %s: %d pages, %d rounds\n\n", t.name, len(pages.urls), s.rounds)
		names := namesOf(there)
		writeTable(os.Stdout, names, runs)
		fmt.Println()
		writeDifferences(os.Stdout, names, runs, pages)
	}
	return nil
}

func namesOf(all []peer) (names []string) {
	for _, p := range all {
		names = append(names, p.name)
	}
	return names
}

// benchMemory runs all crawlers over a small maze and a large one. What a known URL takes is the difference of their peaks over that of their pages:
// in the end a crawler knows every page of the maze.
func benchMemory(ctx context.Context, e *bench, s settings) error {
	there, path := present(ctx, e, s)
	const small = 2000
	peak := make(map[string][2]Run)
	for size, pages := range []int{small, s.maze} {
		s := s
		s.trees, s.maze = "maze", pages
		sites, stop, err := openSites(ctx, e, s)
		if err != nil {
			return err
		}
		for _, p := range there {
			r, err := crawl(ctx, e, p, path[p.name], sites[0], &Pages{}, s.limit)
			if err != nil {
				stop()
				return err
			}
			both := peak[p.name]
			both[size] = r
			peak[p.name] = both
			fmt.Fprintf(os.Stderr, "%s: %d of %d pages, %v\n", p.name, r.Distinct, pages, r.Wall.Round(time.Millisecond))
		}
		stop()
	}
	fmt.Printf("\n| crawler | pages of %d | peak MB | bytes per known URL |\n|---|---|---|---|\n", s.maze)
	for _, p := range there {
		few, many := peak[p.name][0], peak[p.name][1]
		each := fmt.Sprintf("not done in %v", s.limit)
		if more := many.Distinct - few.Distinct; !many.Late && more > 0 {
			each = fmt.Sprintf("%.0f", float64(many.RSS-few.RSS)/float64(more))
		}
		fmt.Printf("| %s | %d | %.1f | %s |\n", p.name, many.Distinct, float64(many.RSS)/1e6, each)
	}
	return nil
}
