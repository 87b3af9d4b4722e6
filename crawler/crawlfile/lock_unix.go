//go:build unix && !solaris && !aix

package crawlfile

import (
	"errors"
	"os"
	"syscall"
)

// lockFile opens and locks the file, without waiting.
func lockFile(name string) (*os.File, error) {
	for {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
		if err != nil {
			return nil, err
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		for errors.Is(err, syscall.EINTR) {
			err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		}
		if err != nil {
			f.Close()
			if errors.Is(err, syscall.EWOULDBLOCK) {
				return nil, errHeld
			}
			return nil, err
		}
		// The last holder may have removed the file between our two steps: a lock on what has no name guards nothing.
		mine, err1 := f.Stat()
		named, err2 := os.Stat(name)
		if err1 == nil && err2 == nil && os.SameFile(mine, named) {
			return f, nil
		}
		f.Close()
	}
}

func removeLocked(name string) error { return os.Remove(name) }

// held reports whether somebody holds the lock. Those who ask share it for a moment, so they do not take each other for holders.
func held(name string) (bool, error) {
	f, err := openShared(name)
	if err != nil {
		return false, err
	}
	defer f.Close() // which gives back what was taken
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	for errors.Is(err, syscall.EINTR) {
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB)
	}
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return true, nil
	}
	return false, err
}

// openShared opens a lock for reading what its holder says.
func openShared(name string) (*os.File, error) { return os.Open(name) }
