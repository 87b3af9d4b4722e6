//go:build unix

package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// disk is a small file system of its own.
type disk struct {
	dir     string
	size    int64
	ballast string // a file that takes up room
}

// newDisk mounts one of so many bytes, or skips the test where that is not allowed.
func newDisk(t *testing.T, size int64) *disk {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("to mount a small disk takes Linux and root")
	}
	dir, err := os.MkdirTemp("", "amble-torture-disk")
	if err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", fmt.Sprintf("size=%d,mode=700", size), "tmpfs", dir).CombinedOutput(); err != nil {
		os.Remove(dir)
		t.Skipf("no small disk can be mounted: %v: %s", err, out)
	}
	t.Cleanup(func() {
		if out, err := exec.Command("umount", dir).CombinedOutput(); err != nil {
			t.Errorf("umount %s: %v: %s", dir, err, out)
			return
		}
		os.Remove(dir)
	})
	return &disk{dir: dir, size: size, ballast: filepath.Join(dir, "ballast")}
}

// fill leaves so much room.
func (d *disk) fill(t *testing.T, room int64) {
	t.Helper()
	if err := os.WriteFile(d.ballast, make([]byte, max(0, d.size-room)), 0o600); err != nil {
		t.Fatal(err)
	}
}

// free makes room again.
func (d *disk) free(t *testing.T) {
	t.Helper()
	if err := os.Remove(d.ballast); err != nil {
		t.Fatal(err)
	}
}

// refused checks that the run ended because the disk is full, and said so in one line with the words given.
func refused(t *testing.T, c *child, words ...string) {
	t.Helper()
	code, said := c.wait(), c.stderr.String()
	if code != exitStuck || strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "amble: ") {
		t.Errorf("amble %s on a full disk: exit code %d, want %d and one line:\n%s", strings.Join(c.cmd.Args[1:], " "), code, exitStuck, said)
	}
	for _, w := range words {
		if !strings.Contains(said, w) {
			t.Errorf("amble %s on a full disk does not say %q: %s", strings.Join(c.cmd.Args[1:], " "), w, said)
		}
	}
}

// TestTortureFullDisk: a crawl whose disk is full ends with one clear line, its file is sound, and when there is room again it goes on
// as if nothing had been, wherever in the crawl it was.
func TestTortureFullDisk(t *testing.T) {
	seed := needTorture(t)
	site := maze(t, 400, 6)
	want := undisturbedCrawl(t, site)
	for i := range uint64(max(3, *torture/10)) {
		t.Run(fmt.Sprint(seed+i), func(t *testing.T) {
			t.Parallel()
			const size = 24 << 20 // room for the whole crawl and SQLite's log of it
			d := newDisk(t, size)
			r := rand.New(rand.NewPCG(seed+i, 3))
			o := newOrdeal(t, site)
			o.file = filepath.Join(d.dir, "c.db")
			o.repeat = fmt.Sprintf("-run '^TestTortureFullDisk$' -torture 1 -torture-seed %d", seed+i)
			room := r.Int64N(1200 << 10) // of some 3 MB that the crawl and its log take
			if r.IntN(4) == 0 {
				room = r.Int64N(200 << 10) // full before the crawl has begun
			}
			t.Logf("%d bytes are free", room)
			d.fill(t, room)
			c := o.crawl()
			refused(t, c, "space")
			run := o.crawl
			if dead := o.dead(); dead.begun {
				run = o.resume
				if len(dead.pages) > 0 && !strings.Contains(c.stderr.String(), "amble resume "+o.file) {
					t.Errorf("it does not say how to go on: %s", c.stderr.String())
				}
			}
			if r.IntN(2) == 0 { // somebody tries again before there is room
				refused(t, run(), "space")
				if o.dead().begun {
					run = o.resume
				}
			}
			d.free(t)
			o.ended(run())
			o.same(want)
			o.frugal(want, 64)
		})
	}
}

// TestTortureFullDiskForOutput: results that cannot be written do not harm the crawl file, leave nothing behind, and are written by the next
// run that can.
func TestTortureFullDiskForOutput(t *testing.T) {
	needTorture(t)
	site := maze(t, 200, 1)
	want := undisturbedCrawl(t, site)
	d := newDisk(t, 4<<20)
	o := newOrdeal(t, site)
	d.fill(t, 64<<10)
	results := filepath.Join(d.dir, "pages.jsonl")
	refused(t, o.crawl("--output", results), results, "no space left", "the pages are safe in "+o.file)
	o.same(want)
	if names, err := filepath.Glob(filepath.Join(d.dir, "*")); err != nil || len(names) != 1 {
		t.Errorf("on the full disk there are %q, want the ballast alone", names)
	}
	if names, err := filepath.Glob(filepath.Join(d.dir, ".*")); err != nil || len(names) != 0 {
		t.Errorf("on the full disk there are %q", names)
	}
	d.free(t)
	o.ended(o.resume())
	got, err := os.ReadFile(results)
	if err != nil {
		t.Fatal(err)
	}
	if whole := stdoutOf(t, o.command, "export", o.file); !bytes.Equal(got, whole) {
		t.Errorf("%d bytes of results, want %d, as amble export writes them", len(got), len(whole))
	}
}

// TestTortureFullStandardOutput: what reads along may be full too, and needs no root to be so.
func TestTortureFullStandardOutput(t *testing.T) {
	needTorture(t)
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skipf("there is no full device here: %v", err)
	}
	defer full.Close()
	site := maze(t, 60, 2)
	want := undisturbedCrawl(t, site)
	o := newOrdeal(t, site)
	intoFull := func(args ...string) {
		t.Helper()
		cmd := exec.Command(o.command, args...)
		cmd.Stdout = full
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		cmd.Run()
		if said := stderr.String(); cmd.ProcessState.ExitCode() != exitStuck || strings.Count(said, "\n") != 1 || !strings.Contains(said, "no space left") {
			t.Errorf("amble %s: exit code %d, want %d and one line: %s", args[0], cmd.ProcessState.ExitCode(), exitStuck, said)
		}
	}
	args := append([]string{"crawl", site.Seeds[0], "--file", o.file, "--output", "-"}, site.Args...)
	intoFull(append(args, o.flags...)...)
	o.dead()
	o.ended(o.resume())
	o.same(want)
	o.frugal(want, 64)
	intoFull("export", o.file)
}
