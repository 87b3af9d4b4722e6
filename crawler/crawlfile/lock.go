package crawlfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
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

// Whoever asks whether a lock is held keeps others from taking it for a moment: so a lock that is held is tried for again.
const (
	lockTries = 20
	lockPause = 5 * time.Millisecond
)

func newLock(path string) (*lock, error) {
	name := path + "-lock"
	f, err := lockFile(name)
	for try := 1; errors.Is(err, errHeld) && try < lockTries; try++ {
		time.Sleep(lockPause)
		f, err = lockFile(name)
	}
	if errors.Is(err, errHeld) {
		// Only for the text: the holder may not have written it yet.
		return nil, fmt.Errorf("crawl file %s: %w: another amble%s writes it; wait for that one to end, or stop it", path, ErrLocked, inParentheses(readHolder(name)))
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
	Since   time.Time // kept to the millisecond; zero if that is not known
}

// String says who it is, in a few words; it is empty if nothing is known.
func (h Holder) String() string {
	if h.Process == 0 {
		return ""
	}
	s := fmt.Sprintf("process %d", h.Process)
	if h.Host != "" {
		s += " on " + h.Host
	}
	if !h.Since.IsZero() {
		s += ", since " + h.Since.Local().Format("2006-01-02 15:04:05")
	}
	return s
}

func inParentheses(h Holder) string {
	if s := h.String(); s != "" {
		return " (" + s + ")"
	}
	return ""
}

// readHolder reads what a holder has written of itself, as far as it can be read: the file may be anybody's.
func readHolder(name string) (h Holder) {
	f, err := openShared(name)
	if err != nil {
		return h
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return h
	}
	lines := append(strings.Split(string(b), "\n"), "", "")
	if h.Process, err = strconv.Atoi(strings.TrimSpace(lines[0])); err != nil || h.Process <= 0 {
		return Holder{}
	}
	h.Host = lines[1]
	h.Since, _ = parseTime(lines[2])
	return h
}

// Writer tells who writes the crawl file at path at the moment, without keeping anyone from it; ok is false if nobody does. The
// errors are fs.ErrNotExist, where there is no such crawl file, and those of a lock that cannot be looked at.
func Writer(path string) (h Holder, ok bool, err error) {
	real, err := existing(path)
	if err != nil {
		return Holder{}, false, err
	}
	name := real + "-lock"
	switch ok, err = held(name); {
	case errors.Is(err, fs.ErrNotExist):
		return Holder{}, false, nil
	case err != nil:
		return Holder{}, false, fmt.Errorf("crawl file %s: cannot tell who writes it: %s: %w", path, name, plain(err))
	case !ok:
		return Holder{}, false, nil
	}
	return readHolder(name), true, nil
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
