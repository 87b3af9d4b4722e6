//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"amble/crawler/crawlfile"
)

var profiled = flag.String("profile-crawl", "", "crawl this tree of files, or the site at this http URL, in BenchmarkCrawl")

// treeServer is the name under which the test's own binary serves a tree, so that what the server does is in no profile of the crawl.
const treeServer = "amble-serve-tree"

func init() { guises[treeServer] = serveTree }

// serveTree serves the folder that is its argument, says where on standard output, and ends when its standard input does.
func serveTree() {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(ln.Addr())
	go func() {
		_, _ = os.Stdin.Read(make([]byte, 1))
		os.Exit(0)
	}()
	s := &http.Server{Handler: http.FileServer(http.Dir(os.Args[1])), ReadHeaderTimeout: time.Minute}
	fmt.Fprintln(os.Stderr, s.Serve(ln))
	os.Exit(1)
}

// treeURL is where the tree is served; one that is served already is its own.
func treeURL(b *testing.B, tree string) string {
	b.Helper()
	if strings.HasPrefix(tree, "http") {
		return tree
	}
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	cmd := &exec.Cmd{Path: self, Args: []string{treeServer, tree}, Stderr: os.Stderr}
	hold, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		hold.Close()
		_ = cmd.Wait()
	})
	at, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatalf("no server: %v", err)
	}
	return "http://" + strings.TrimSpace(at) + "/"
}

// BenchmarkCrawl crawls a whole tree as the command does, in this process, so that -cpuprofile and -memprofile show it; an operation is a page.
func BenchmarkCrawl(b *testing.B) {
	if *profiled == "" {
		b.Skip("crawls a tree of yours: make profile TREE=folder")
	}
	url, dir := treeURL(b, *profiled), b.TempDir()
	pages, spent := 0, cpuTime(b)
	for i := range b.N {
		file := filepath.Join(dir, fmt.Sprint(i, ".db"))
		var said bytes.Buffer
		if code := run(context.Background(), []string{"crawl", url, "--file", file, "--rate", "0", "--per-host", "16", "--depth", "-1", "--quiet", "--proxy", "none"}, &said, &said); code != exitDone {
			b.Fatalf("exit code %d: %s", code, said.String())
		}
		pages += recorded(b, file)
		os.Remove(file)
	}
	spent = cpuTime(b) - spent
	n := float64(pages)
	b.ReportMetric(n/float64(b.N), "pages/crawl")
	b.ReportMetric(float64(spent.Microseconds())/1000/n, "cpu-ms/page")
	b.ReportMetric(n/b.Elapsed().Seconds(), "pages/s")
}

// recorded is the number of pages in a crawl file.
func recorded(b *testing.B, file string) (n int) {
	b.Helper()
	f, err := crawlfile.OpenReadOnly(context.Background(), file)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	for _, err := range f.PageURLs(context.Background()) {
		if err != nil {
			b.Fatal(err)
		}
		n++
	}
	return n
}

// cpuTime is the processor time that this process has taken.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
