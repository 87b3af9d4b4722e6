//go:build unix

package main

import (
	"bytes"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"amble/crawler/crawlertest"
)

// The torture tests hold one promise: after any death, "amble resume" ends with the pages of a crawl that never died, no page is
// in the file twice, and what was on record is not asked for again. They know nothing of how that is done: they look at the
// built command from outside, at its crawl file as anybody can, and at the log of the server that it crawls. The server lives in this
// process, for its log must survive the command.
var (
	torture     = flag.Int("torture", 12, "kill the command so many times, and do the other tortures in proportion; 0 does none")
	tortureSeed = flag.Uint64("torture-seed", 1, "what the moments of death are drawn from; 0 takes the time")
	tortureRace = flag.Bool("torture-race", false, "torture a command built with -race every other time")
)

// needTorture skips a test where nobody asked for torture, and gives the seed that it begins with.
func needTorture(t *testing.T) uint64 {
	t.Helper()
	if *torture <= 0 {
		t.Skip("-torture 0")
	}
	if *tortureSeed == 0 {
		*tortureSeed = uint64(time.Now().Unix())
	}
	t.Logf("-torture %d -torture-seed %d", *torture, *tortureSeed)
	return *tortureSeed
}

// stdoutOf runs the command to its end and returns what it wrote to standard output.
func stdoutOf(t testing.TB, command string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(command, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("amble %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return out
}

// ordeal is one crawl that is to go through something: the site it crawls, and the command's files in a folder of their own.
type ordeal struct {
	t       *testing.T
	command string
	site    *crawlertest.Site
	server  *crawlertest.Server
	flags   []string // of amble crawl, besides those of the site
	again   []string // of amble resume: what the crawl file does not keep
	dir     string
	file    string
	repeat  string // how to have the same ordeal again
	deaths  []death
}

// newOrdeal serves the site. The folder is kept if the test fails.
func newOrdeal(t *testing.T, site *crawlertest.Site, flags ...string) *ordeal {
	t.Helper()
	o := &ordeal{t: t, command: built(t, false), site: site}
	var err error
	if o.dir, err = os.MkdirTemp("", "amble-torture"); err != nil {
		t.Fatal(err)
	}
	o.file = filepath.Join(o.dir, "c.db")
	o.serve()
	t.Cleanup(func() {
		o.server.Close()
		if t.Failed() {
			t.Logf("kept: %s   %s", o.dir, o.repeat)
		} else {
			os.RemoveAll(o.dir)
		}
	})
	o.flags = append(o.flags, flags...)
	if i := slices.Index(site.Args, "--auth"); i >= 0 {
		o.again = site.Args[i : i+2] // a secret
	}
	return o
}

// serve serves the site where the command can reach it: at port 80 of a loopback address of its own, or else, where that takes rights that this process
// does not have, as a proxy, to which a crawl has so few connections that its workers hardly meet.
func (o *ordeal) serve() {
	o.t.Helper()
	var err error
	// A site that leads into private networks must be crawled with what keeps amble from going there.
	for try := 0; try < 5 && o.site.Name != "private"; try++ {
		// All of one length, for an answer of the server's quotes it and has a length.
		addr := fmt.Sprintf("127.%d.%d.%d", 100+rand.IntN(100), 100+rand.IntN(100), 100+rand.IntN(100))
		if o.server, err = crawlertest.Serve(o.site, addr+":80"); err == nil {
			o.flags = []string{"--quiet", "--proxy", "none", "--allow-private", "--resolve", "*:80:" + addr, "--resolve", "*:443:" + addr}
			return
		}
	}
	if o.server, err = crawlertest.Serve(o.site, ""); err != nil {
		o.t.Fatal(err)
	}
	o.flags = []string{"--quiet", "--proxy", "http://" + o.server.Addr()}
}

// crawl begins the crawl.
func (o *ordeal) crawl(more ...string) *child {
	o.t.Helper()
	return start(o.t, o.command, slices.Concat([]string{"crawl"}, o.site.Seeds, []string{"--file", o.file}, o.site.Args, o.flags, more)...)
}

// resume goes on with it.
func (o *ordeal) resume(more ...string) *child {
	o.t.Helper()
	return start(o.t, o.command, slices.Concat([]string{"resume", o.file, "--quiet"}, o.again, more)...)
}

// export is the crawl's pages without what tells the time, and without the server's address, which some errors quote.
func (o *ordeal) export() string {
	o.t.Helper()
	var b strings.Builder
	for _, line := range lines(stdoutOf(o.t, o.command, "export", o.file)) {
		if line != "" {
			b.WriteString(timeless(o.t, line))
			b.WriteByte('\n')
		}
	}
	host, _, _ := strings.Cut(o.server.Addr(), ":")
	return strings.NewReplacer(o.server.Addr(), "SERVER", host, "SERVER").Replace(b.String())
}

// requests counts the requests that the server has seen, by URL.
func (o *ordeal) requests() map[string]int {
	times := make(map[string]int)
	for _, r := range o.server.Log().Requests() {
		times[r.URL()]++
	}
	return times
}

// moment is when something happens to a run: when so many requests of it have come to the server, and then a little later.
// Counting requests makes a moment mean the same on any machine.
type moment struct {
	requests int
	delay    time.Duration
}

func (m moment) String() string { return fmt.Sprintf("%d requests + %v", m.requests, m.delay) }

// await waits for the moment in the run, or for its end.
func (o *ordeal) await(c *child, begun int, m moment) {
	for deadline := time.Now().Add(patience); o.server.Log().Len()-begun < m.requests && !c.over() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	select {
	case <-c.ended:
	case <-time.After(m.delay):
	}
}

// drawMoment draws a moment of death in a crawl of so many requests: at any time, and more often than chance would have it while the
// crawl file is being made and while it is being closed.
func drawMoment(r *rand.Rand, requests int) moment {
	switch r.IntN(6) {
	case 0:
		return moment{0, time.Duration(r.Int64N(int64(80 * time.Millisecond)))}
	case 1:
		return moment{requests, time.Duration(r.Int64N(int64(60 * time.Millisecond)))}
	}
	return moment{1 + r.IntN(requests), time.Duration(r.Int64N(int64(8 * time.Millisecond)))}
}

// undisturbed is a crawl to which nothing happened.
type undisturbed struct {
	code     int
	state    string
	export   string
	requests map[string]int
	total    int
}

// undisturbedCrawl crawls the site in peace.
func undisturbedCrawl(t *testing.T, site *crawlertest.Site, flags ...string) *undisturbed {
	t.Helper()
	o := newOrdeal(t, site, flags...)
	u := &undisturbed{code: o.crawl().wait()}
	if u.code != exitDone {
		t.Fatalf("%s: an undisturbed crawl ended with %d", site.Name, u.code)
	}
	u.export, u.requests, u.total = o.export(), o.requests(), o.server.Log().Len()
	u.state = o.inspect().state
	return u
}
