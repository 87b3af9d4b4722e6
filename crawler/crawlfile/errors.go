package crawlfile

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// What a caller may want to tell apart. The errors that wrap them name the file and say what to do.
var (
	// ErrExists says that Create was asked to write over a file.
	ErrExists = errors.New("file exists")
	// ErrNotCrawlFile says that a file is not a crawl file.
	ErrNotCrawlFile = errors.New("not a crawl file")
	// ErrVersion says that another version of amble wrote the file.
	ErrVersion = errors.New("crawl file of another amble")
	// ErrLocked says that another process writes the file.
	ErrLocked = errors.New("crawl file is in use")
	// ErrFull says that there is no room left. What was committed before stays.
	ErrFull = errors.New("no space left for the crawl file")
	// ErrRecorded says that a batch holds a page that is recorded already.
	ErrRecorded = errors.New("page is recorded already")
	// ErrClosed says that the File was closed.
	ErrClosed = errors.New("crawl file is closed")
	// ErrReadOnly says that the File was opened by OpenReadOnly.
	ErrReadOnly = errors.New("crawl file is open for reading only")
)

// explain names the file in an error of SQLite and gives it the sentinel that fits.
func explain(path, doing string, err error) error {
	if err == nil {
		return nil
	}
	switch code(err) & 0xff {
	case sqlite3.SQLITE_IOERR:
		if code(err) != sqlite3.SQLITE_IOERR_SHMSIZE { // the index of the log, which is made first, found no room
			break
		}
		fallthrough
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("crawl file %s: %w while %s: free some space, then resume", path, ErrFull, doing)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("crawl file %s: %w while %s: another program holds it, such as an open transaction in a sqlite3 shell; end that one", path, ErrLocked, doing)
	case sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%s: %w: name a file that amble crawl wrote", path, ErrNotCrawlFile)
	}
	return fmt.Errorf("crawl file %s: %s: %w", path, doing, err)
}

// code is SQLite's extended result code; 0 if err is none of SQLite's.
func code(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()
	}
	return 0
}
