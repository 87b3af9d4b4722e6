package crawlfile

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"amble/crawler/page"
)

// childEnv names the crawl file that this test program, run again as a child, is to write.
const childEnv = "AMBLE_TEST_CRAWLFILE"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		if err := child(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// perBatch is the number of pages and of URLs revealed in each of the child's batches.
const perBatch = 5

// child commits batches without end and says so on standard output.
func child(path string) error {
	f, err := Create(context.Background(), path, Info{})
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		if err := f.Commit(context.Background(), numbered(i)); err != nil {
			return err
		}
		if _, err := fmt.Println(i); err != nil {
			return err
		}
	}
}

// numbered is the batch that records what the one before it revealed.
func numbered(i int) *Batch {
	var b Batch
	for j := range perBatch {
		b.Pages = append(b.Pages, &page.Page{URL: fmt.Sprintf("http://a.test/%d/%d", i, j), Depth: i, Title: strings.Repeat("x", 3000)})
		if i > 0 {
			b.Taken = append(b.Taken, int64(i*perBatch+j))
		}
		b.Revealed = append(b.Revealed, Pending{Row: int64((i+1)*perBatch + j), URL: fmt.Sprintf("http://a.test/%d/%d", i+1, j), Depth: i + 1})
	}
	return &b
}

// startChild returns the path of the file that the child writes, once it has committed the number of batches; the
// function that kills it returns the number of the last batch that it was heard to have committed.
func startChild(t *testing.T, batches int) (path string, kill func() int) {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(t.TempDir(), "x.crawl")
	cmd := exec.Command(exe)
	cmd.Env = append(os.Environ(), childEnv+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	last, lines := -1, bufio.NewScanner(out)
	read := func() bool {
		if !lines.Scan() {
			return false
		}
		n, err := strconv.Atoi(lines.Text())
		if err != nil {
			t.Errorf("child says %q", lines.Text())
		}
		last = n
		return true
	}
	killed := false
	kill = func() int {
		if !killed {
			killed = true
			_ = cmd.Process.Kill()
			for read() {
			}
			_ = cmd.Wait()
		}
		return last
	}
	t.Cleanup(func() { kill() })
	for last < batches {
		if !read() {
			t.Fatal("the child ended by itself")
		}
	}
	return path, kill
}

func TestKilledWriterLeavesWholeBatches(t *testing.T) {
	for _, batches := range []int{0, 3, 40, 150} {
		path, kill := startChild(t, batches)
		last := kill()

		r, err := OpenReadOnly(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		n := len(pagesOf(t, r))
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		f, err := Open(t.Context(), path)
		if err != nil {
			t.Fatal(err)
		}
		if got := query(t, path, "PRAGMA integrity_check"); len(got) != 1 || got[0] != "ok" {
			t.Errorf("integrity_check: %q", got)
		}
		pages, pending := pagesOf(t, f), pendingOf(t, f)
		if len(pages) != n || n%perBatch != 0 || n/perBatch <= last {
			t.Fatalf("%d pages, %d before; want whole batches of %d, at least %d of them", len(pages), n, perBatch, last+1)
		}
		if len(pending) != perBatch || pending[0].Depth != n/perBatch {
			t.Errorf("pending %v, want those that the last batch revealed", pending)
		}
		commit(t, f, *numbered(n / perBatch)) // the crawl goes on
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if got := names(t, filepath.Dir(path)); len(got) != 1 {
			t.Errorf("after a clean close there are %q", got)
		}
	}
}

func TestSecondWriterIsRefused(t *testing.T) {
	path, kill := startChild(t, 1)
	_, err := Open(t.Context(), path)
	if !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), "process ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("Open of a file that another process writes = %v, want one line of ErrLocked that names the process", err)
	}
	if _, err := Create(t.Context(), path, Info{}); !errors.Is(err, ErrExists) {
		t.Errorf("Create over it = %v, want ErrExists", err)
	}
	kill()
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatalf("Open after the writer was killed: %v", err)
	}
	defer f.Close()
	if _, err := Open(t.Context(), path); !errors.Is(err, ErrLocked) {
		t.Errorf("Open twice in one process = %v, want ErrLocked", err)
	}
	commit(t, f, Batch{Pages: []*page.Page{{URL: "mine"}}}) // the attempt took nothing from us
}

func TestOthersReadDuringTheCrawl(t *testing.T) {
	path, kill := startChild(t, 1)
	r, err := OpenReadOnly(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	seen := 0
	for range 6 { // each reads more than the one before
		n := len(pagesOf(t, r))
		if n%perBatch != 0 || n < seen {
			t.Errorf("%d pages after %d, want whole batches of %d and never fewer", n, seen, perBatch)
		}
		seen = n
	}
	kill()
}

func TestPagesAreOneState(t *testing.T) {
	f := create(t)
	commit(t, f, *numbered(0))
	n := 0
	for _, err := range f.Pages(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		n++
		commit(t, f, *numbered(n)) // does not wait for the reader, and is not seen by it
	}
	if n != perBatch {
		t.Errorf("%d pages, want the %d that were there at the beginning", n, perBatch)
	}
	if got := len(pagesOf(t, f)); got != perBatch*(1+perBatch) {
		t.Errorf("%d pages in the end, want %d", got, perBatch*(1+perBatch))
	}
}
