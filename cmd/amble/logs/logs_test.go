package logs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// lines is a handler that keeps level and message, and how many are said to be left out.
type lines struct {
	mu  sync.Mutex
	all []string
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }
func (l *lines) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *lines) WithGroup(string) slog.Handler            { return l }
func (l *lines) Handle(_ context.Context, r slog.Record) error {
	line := r.Level.String() + " " + r.Message
	r.Attrs(func(a slog.Attr) bool {
		if a.Key != "url" {
			line += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		}
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all = append(l.all, line)
	return nil
}

func (l *lines) count(line string) (n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range l.all {
		if s == line {
			n++
		}
	}
	return n
}

func TestTheSameMessageIsCountedNotRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got lines
		calm := NewCalm(&got)
		log := slog.New(calm)
		for i := range 1000 {
			log.With("sitemap", i).Warn("broken", "url", i)
		}
		log.Error("broken")
		log.Warn("another")
		if n := got.count("WARN broken"); n != CalmFirst {
			t.Errorf("%d of a thousand came through, want %d", n, CalmFirst)
		}
		if got.count("ERROR broken") != 1 || got.count("WARN another") != 1 {
			t.Errorf("other messages are held back: %q", got.all)
		}
		time.Sleep(CalmWindow + 1)
		synctest.Wait()
		const said = "WARN left out: more like one above like=broken left_out=990 within=1m0s"
		if got.count(said) != 1 {
			t.Errorf("after a minute: %q", got.all[11:])
		}
		log.Warn("broken")
		if n := got.count("WARN broken"); n != CalmFirst+1 {
			t.Errorf("%d came through in all, want %d: a new minute lets messages through again", n, CalmFirst+1)
		}
		calm.Close()
		if len(got.all) != CalmFirst+4 {
			t.Errorf("an empty count was said: %q", got.all)
		}
	})
}

func TestWhatWasLeftOutIsSaidAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got lines
		calm := NewCalm(&got)
		for range CalmFirst + 5 {
			slog.New(calm).Info("broken")
		}
		time.Sleep(20 * time.Second)
		calm.Close()
		calm.Close()
		if got.count("INFO left out: more like one above like=broken left_out=5 within=20s") != 1 {
			t.Errorf("got %q", got.all)
		}
		slog.New(calm).Info("broken")
		if got.count("INFO broken") != CalmFirst+1 {
			t.Error("a record after the end is lost")
		}
	})
}

func TestCalmUnderManyGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got lines
		calm := NewCalm(&got)
		var all sync.WaitGroup
		for range 16 {
			all.Go(func() {
				for range 100 {
					slog.New(calm).Warn("broken")
					time.Sleep(time.Second)
				}
			})
		}
		all.Wait()
		calm.Close()
		if n := got.count("WARN broken"); n != 2*CalmFirst {
			t.Errorf("%d came through in 100 s, want %d", n, 2*CalmFirst)
		}
	})
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if errors.Is(err, os.ErrNotExist) {
		return "(none)"
	} else if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func open(t *testing.T, name string, max int64, keep int) *File {
	t.Helper()
	f, err := Open(name, max, keep, func(err error) { t.Errorf("failed: %v", err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func TestFileIsRotatedBySize(t *testing.T) {
	for _, c := range []struct {
		max  int64
		keep int
		want string
	}{
		{10, 2, "FFFFFF|EEEEEE|DDDDDD|(none)"},
		{15, 2, "EEEEEE FFFFFF|CCCCCC DDDDDD|AAAAAA BBBBBB|(none)"},
		{10, 0, "FFFFFF|(none)|(none)|(none)"},
		{0, 2, "AAAAAA BBBBBB CCCCCC DDDDDD EEEEEE FFFFFF|(none)|(none)|(none)"},
		{3, 1, "FFFFFF|EEEEEE|(none)|(none)"}, // a line is not divided
	} {
		name := filepath.Join(t.TempDir(), "log")
		f := open(t, name, c.max, c.keep)
		for _, letter := range "ABCDEF" {
			fmt.Fprintln(f, strings.Repeat(string(letter), 6))
		}
		var got []string
		for _, suffix := range []string{"", ".1", ".2", ".3"} {
			got = append(got, strings.ReplaceAll(strings.TrimSpace(read(t, name+suffix)), "\n", " "))
		}
		if s := strings.Join(got, "|"); s != c.want {
			t.Errorf("max %d, keep %d: %s, want %s", c.max, c.keep, s, c.want)
		}
	}
}

func TestFileGoesOnWhereItWas(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	for n, content := range map[string]string{"": "1234\n", ".1": "old\n", ".2": "older\n", ".3": "from when more were kept\n"} {
		if err := os.WriteFile(name+n, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f := open(t, name, 10, 2)
	fmt.Fprintln(f, "5678")
	if got := read(t, name); got != "1234\n5678\n" {
		t.Errorf("appended: %q", got)
	}
	fmt.Fprintln(f, "9")
	if got := read(t, name) + read(t, name+".1") + read(t, name+".2") + read(t, name+".3"); got != "9\n1234\n5678\nold\n(none)" {
		t.Errorf("rotated: %q", got)
	}
}

func TestReopenFollowsTheName(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	f := open(t, name, 0, 5)
	fmt.Fprintln(f, "before")
	if err := os.Rename(name, name+".moved"); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, "still there")
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, "after")
	if got := read(t, name+".moved") + read(t, name); got != "before\nstill there\nafter\n" {
		t.Errorf("got %q", got)
	}
}

func TestFailuresAreToldOnceAndHealed(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "log")
	var told []error
	f, err := Open(name, 10, 2, func(err error) { told = append(told, err) })
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fmt.Fprintln(f, "12345678")
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for range 5 { // each must be rotated first, and there is nothing to rotate
		if n, err := fmt.Fprintln(f, "12345678"); n != 9 || err != nil {
			t.Fatalf("%d, %v: a log that fails must not fail its writer", n, err)
		}
	}
	if len(told) != 1 || !errors.Is(told[0], os.ErrNotExist) {
		t.Errorf("told %v, want one that there is no such file", told)
	}
	if err := f.Reopen(); err == nil {
		t.Error("reopening in a folder that is gone succeeds")
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := f.Reopen(); err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(f, "healed")
	if got := read(t, name); got != "healed\n" {
		t.Errorf("got %q", got)
	}
}

// TestFullDisk needs a device that is always full.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full here")
	}
	var told bytes.Buffer
	f, err := Open("/dev/full", 10, 2, func(err error) { fmt.Fprintln(&told, err) })
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for range 3 {
		if _, err := fmt.Fprintln(f, "12345678"); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Count(told.String(), "\n"); got != 1 || !strings.Contains(told.String(), "no space") {
		t.Errorf("told: %s", told.String())
	}
}
