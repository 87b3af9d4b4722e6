package crawlfile

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
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
		who := "another amble"
		// Only for the text: the holder may not have written it yet.
		if b, err := os.ReadFile(name); err == nil {
			if pid, err := strconv.Atoi(strings.TrimSpace(string(b))); err == nil {
				who = fmt.Sprintf("another amble (process %d)", pid)
			}
		}
		return nil, fmt.Errorf("crawl file %s: %w: %s writes it; wait for that one to end, or stop it", path, ErrLocked, who)
	}
	if err != nil {
		return nil, fmt.Errorf("crawl file %s: cannot write in its folder: %w", path, plain(err))
	}
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintln(f, os.Getpid()) // a hint for people; the lock holds without it
	}
	return &lock{f, name}, nil
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
