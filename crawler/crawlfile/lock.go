package crawlfile

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// lock keeps a second amble from writing the crawl file. It is the operating system's lock on a file beside it,
// "<crawl file>-lock", and vanishes with the process however that ends; the file itself may stay behind and means
// nothing. The crawl file cannot carry the lock: SQLite's own locks on it are the process's, and to close any other
// descriptor of it would drop them. Readers take no lock.
type lock struct {
	f    *os.File
	path string
}

var errHeld = errors.New("held by another")

func newLock(path string) (*lock, error) {
	name := path + "-lock"
	f, err := lockFile(name)
	if errors.Is(err, errHeld) {
		// Only for the text: the holder may not have written it yet.
		return nil, fmt.Errorf("crawl file %s: %w: another amble%s writes it; wait for that one to end, or stop it", path, ErrLocked, readHolder(name))
	}
	if err != nil {
		return nil, fmt.Errorf("crawl file %s: cannot write in its folder: %w", path, plain(err))
	}
	if err := f.Truncate(0); err == nil {
		host, _ := os.Hostname()
		_, _ = fmt.Fprintf(f, "%d\n%s\n%s\n", os.Getpid(), host, timeText(time.Now())) // a hint for people; the lock holds without it
	}
	return &lock{f, name}, nil
}

// Holder is who writes a crawl file.
type Holder struct {
	Process int       // 0 if that is not known
	Host    string    // the machine's name; "" if that is not known
	Since   time.Time // zero if that is not known
}

// String says who it is, as what follows "another amble".
func (h Holder) String() string {
	if h.Process == 0 {
		return ""
	}
	s := fmt.Sprintf("process %d", h.Process)
	if host, _ := os.Hostname(); h.Host != "" && h.Host != host {
		s += " on " + h.Host
	}
	if !h.Since.IsZero() {
		s += ", since " + h.Since.Local().Format("2006-01-02 15:04:05")
	}
	return " (" + s + ")"
}

func readHolder(lock string) (h Holder) {
	b, err := os.ReadFile(lock)
	if err != nil {
		return h
	}
	lines := append(strings.Split(string(b), "\n"), "", "")
	h.Process, _ = strconv.Atoi(lines[0])
	h.Host = lines[1]
	h.Since, _ = parseTime(lines[2])
	return h
}

// Writer tells who writes the crawl file at path at the moment; ok is false if nobody does.
func Writer(path string) (h Holder, ok bool) {
	real, err := existing(path)
	if err != nil || !held(real+"-lock") {
		return Holder{}, false
	}
	return readHolder(real + "-lock"), true
}

// release removes the file before it lets go, so that whoever locks the removed one can tell.
func (l *lock) release() error {
	return errors.Join(removeLocked(l.path), l.f.Close())
}

// plain takes the operation and the path off an error whose text names the path already.
func plain(err error) error {
	if e, ok := errors.AsType[*os.PathError](err); ok {
		return e.Err
	}
	return err
}
