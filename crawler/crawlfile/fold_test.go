package crawlfile

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"amble/crawler/page"
)

// small are sizes that a test reaches.
var small = foldSizes{from: 40, rest: 8, step: 20, most: math.MaxInt64}

// grow commits so many batches of pages that take some 30 database pages together, and returns how long the log was at most.
func grow(t *testing.T, f *File, from, batches int) (longest int64) {
	t.Helper()
	for i := from; i < from+batches; i++ {
		var b Batch
		for j := range 8 {
			b.Pages = append(b.Pages, &page.Page{URL: fmt.Sprintf("http://a.test/%d/%d", i, j), Title: strings.Repeat("x", 16000)})
		}
		if err := f.Commit(t.Context(), &b); err != nil {
			t.Fatal(err)
		}
		row, ok, err := f.w.fold.log.first()
		if err != nil || !ok {
			t.Fatal(err)
		}
		longest = max(longest, row[1].(int64))
	}
	return longest
}

func countPages(t *testing.T, f *File) (n int) {
	t.Helper()
	if err := f.db.QueryRow("SELECT count(*) FROM pages").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestTheLogIsFoldedInWhileTheCrawlWrites(t *testing.T) {
	f := create(t)
	f.w.fold.sizes = small
	// The goroutine is as slow as the machine: what is certain is that the log begins anew when there is nothing left to wait for.
	longest := grow(t, f, 0, 50)
	if f.w.fold.tries == 0 {
		t.Error("the log was not folded in")
	}
	f.w.fold.wait()
	for i := range 3 {
		longest = grow(t, f, 50+i, 1)
		f.w.fold.wait()
	}
	if longest > 4*small.from {
		t.Errorf("the log has %d pages, want few more than %d", longest, small.from)
	}
	if n := countPages(t, f); n != 53*8 {
		t.Errorf("%d pages on record, want %d", n, 53*8)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if f.w.fold.side != nil {
		t.Error("the connection on the side is still open")
	}
}

// A reader in the middle of the log keeps it from beginning anew. It grows, which is not tried to be changed with each commit; and is short again when
// the reader has gone.
func TestAReaderLetsTheLogGrow(t *testing.T) {
	f := create(t)
	f.w.fold.sizes = small
	grow(t, f, 0, 1)
	tx, err := f.db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	var n int
	if err := tx.QueryRow("SELECT count(*) FROM pages").Scan(&n); err != nil || n != 8 {
		t.Fatal(n, err)
	}
	before := f.w.fold.tries
	longest := grow(t, f, 1, 40)
	if tries := f.w.fold.tries - before; longest < 20*small.from || int64(tries) > longest/small.step+2 {
		t.Errorf("a log of %d pages was tried to be folded in %d times", longest, tries)
	}
	if err := tx.QueryRow("SELECT count(*) FROM pages").Scan(&n); err != nil || n != 8 {
		t.Errorf("the reader sees %d pages, %v; want those at its beginning, 8", n, err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		f.w.fold.wait()
		longest = grow(t, f, 41+i, 1)
	}
	if longest > 4*small.from {
		t.Errorf("the log has still %d pages when the reader has gone", longest)
	}
}

// However slow the disk, the log does not outgrow the writer.
func TestALongLogIsWaitedFor(t *testing.T) {
	f := create(t)
	f.w.fold.sizes = foldSizes{from: 40, rest: 8, step: 20, most: 100}
	stuck := make(chan struct{})
	f.w.fold.done = stuck // a fold that takes its time
	if longest := grow(t, f, 0, 2); longest >= 100 {
		t.Fatalf("the log has %d pages already", longest)
	}
	time.AfterFunc(100*time.Millisecond, func() { close(stuck) })
	begun := time.Now()
	grow(t, f, 2, 6)
	if waited := time.Since(begun); waited < 50*time.Millisecond {
		t.Errorf("commits waited %s for the fold, want 100ms", waited)
	}
}
