//go:build !windows && (!unix || solaris || aix)

package crawlfile

import "os"

// lockFile does not lock: these systems have no lock that is known to end with its process. Two ambles on one crawl
// file still cannot harm it, SQLite sees to that; the second one fails when it records a page the first has.
func lockFile(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDWR|os.O_CREATE, 0o666)
}

func removeLocked(name string) error { return os.Remove(name) }

// held reports whether somebody holds the lock, as far as can be told: the file stays behind if its process is killed.
func held(name string) (bool, error) {
	_, err := os.Stat(name)
	return err == nil, err
}

func openShared(name string) (*os.File, error) { return os.Open(name) }
