package crawlfile

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	sqlite3 "modernc.org/sqlite/lib"
)

// File is an open crawl file. Its methods may be called by several goroutines at once; commits then follow one another.
// Iterators must have ended before Close is called.
type File struct {
	path string
	info Info
	db   *sql.DB // readers

	mu     sync.Mutex // guards what follows
	closed bool
	w      *writer // nil in a File that is open for reading only
	lock   *lock
}

// Create makes a crawl file for a crawl in state "running" and opens it for writing. A file that exists is left alone:
// ErrExists; but for one in which there is nothing, as Create leaves it if it is killed early.
func Create(ctx context.Context, path string, info Info) (_ *File, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	dir, err := free(path)
	if err != nil {
		return nil, err
	}
	f := &File{path: filepath.Join(dir, filepath.Base(path)), info: info}
	if f.lock, err = newLock(f.path); err != nil {
		return nil, err
	}
	if halfMade(f.path) {
		for _, side := range []string{"", "-journal", "-wal", "-shm"} {
			if err := os.Remove(f.path + side); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return nil, errors.Join(fmt.Errorf("crawl file %s: %w", path, plain(err)), f.lock.release())
			}
		}
	}
	made, err := os.OpenFile(f.path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("crawl file %s: %w", path, plain(err)), f.lock.release())
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.abandon(), os.Remove(f.path))
		}
	}()
	if err := made.Close(); err != nil {
		return nil, err
	}
	c, err := openConn(f.path)
	if err != nil {
		return nil, explain(path, "making it", err)
	}
	f.w = &writer{c: c}
	if err := found(c, info); err != nil {
		return nil, explain(path, "making it", err)
	}
	f.w.domains, f.w.next = make(map[string]struct{}), 1
	if err := f.begin(); err != nil {
		return nil, explain(path, "opening it", err)
	}
	return f, nil
}

// Free is the error with which Create would refuse to make a crawl file of that name: there is one, or no folder for it.
func Free(path string) error {
	_, err := free(path)
	return err
}

// free is the folder, with symbolic links resolved, of a crawl file that is to be made.
func free(path string) (dir string, err error) {
	if _, err := os.Lstat(path); err == nil && !halfMade(path) {
		return "", fmt.Errorf("crawl file %s: %w: go on with it by 'amble resume', choose another name or remove it", path, ErrExists)
	}
	dir, err = filepath.EvalSymlinks(filepath.Dir(path))
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("crawl file %s: %w: make the folder %s first", path, fs.ErrNotExist, filepath.Dir(path))
	} else if err != nil {
		return "", fmt.Errorf("crawl file %s: %w", path, plain(err))
	}
	return dir, nil
}

// halfMade reports whether the file is empty, or a database without any table and with nothing in its log.
func halfMade(path string) bool {
	st, err := os.Lstat(path)
	if err != nil || !st.Mode().IsRegular() || st.Size() > 64<<10 {
		return false
	}
	const header = 32 // of a log without anything in it
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > header {
		return tableless(path)
	}
	b, err := os.ReadFile(path)
	if err != nil || len(b) == 0 {
		return err == nil
	}
	// The format's header has 100 bytes; behind it stands the root of the schema's table: a leaf (13) with so many cells.
	return len(b) > 105 && bytes.HasPrefix(b, []byte(magic)) && b[100] == 13 && b[103] == 0 && b[104] == 0
}

// tableless asks SQLite, which knows whether what is in a database's log was committed.
func tableless(path string) bool {
	db, err := readers(path)
	if err != nil {
		return false
	}
	defer db.Close()
	var tables int
	return db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables) == nil && tables == 0
}

// Open opens a crawl file for reading and writing, so that its crawl can go on. The errors are fs.ErrNotExist,
// ErrNotCrawlFile, ErrVersion and, where another amble writes the file, ErrLocked.
func Open(ctx context.Context, path string) (_ *File, err error) {
	real, err := existing(path)
	if err != nil {
		return nil, err
	}
	f := &File{path: real}
	if f.lock, err = newLock(real); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.abandon())
		}
	}()
	c, err := openConn(real)
	if err != nil {
		return nil, explain(path, "opening it", err)
	}
	f.w = &writer{c: c}
	if err := check(path, func(pragma string) (n int64, err error) {
		row, err := c.get(pragma)
		if err == nil {
			n = row[0].(int64)
		}
		return n, err
	}); err != nil {
		return nil, err
	}
	if err := f.begin(); err != nil {
		return nil, explain(path, "opening it", err)
	}
	if err := f.w.load(ctx, f.db); err != nil {
		return nil, explain(path, "opening it", err)
	}
	f.info, err = readInfo(ctx, f.db)
	return f, explain(path, "reading it", err)
}

// OpenReadOnly opens a crawl file for reading, also while another process writes it. The errors are fs.ErrNotExist,
// ErrNotCrawlFile and ErrVersion.
func OpenReadOnly(ctx context.Context, path string) (*File, error) {
	f, err := openReadOnly(ctx, path)
	if code(err) == sqlite3.SQLITE_READONLY_ROLLBACK {
		// The writer was killed while it closed the file, and what it left half done must be taken back before anyone can
		// read. Only a writer can do that.
		w, failed := Open(ctx, path)
		if failed != nil {
			return nil, failed
		}
		if err := w.Close(); err != nil {
			return nil, err
		}
		return openReadOnly(ctx, path)
	}
	return f, err
}

func openReadOnly(ctx context.Context, path string) (_ *File, err error) {
	real, err := existing(path)
	if err != nil {
		return nil, err
	}
	f := &File{path: real}
	if f.db, err = readers(real); err != nil {
		return nil, explain(path, "opening it", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, f.db.Close())
		}
	}()
	if err := check(path, func(pragma string) (n int64, err error) {
		err = f.db.QueryRowContext(ctx, pragma).Scan(&n)
		return n, err
	}); err != nil {
		return nil, err
	}
	f.info, err = readInfo(ctx, f.db)
	return f, explain(path, "reading it", err)
}

// existing is the file's path with symbolic links resolved: SQLite's own files lie beside the real one.
func existing(path string) (string, error) {
	st, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("crawl file %s: %w: 'amble crawl' makes one", path, fs.ErrNotExist)
	} else if err != nil {
		return "", fmt.Errorf("crawl file %s: %w", path, plain(err))
	}
	if !st.Mode().IsRegular() {
		return "", fmt.Errorf("%s: %w: it is no regular file", path, ErrNotCrawlFile)
	}
	return filepath.EvalSymlinks(path)
}

// check reads what the header says the file is, before anything is written to it.
func check(path string, pragma func(string) (int64, error)) error {
	id, err := pragma("PRAGMA application_id")
	if err != nil {
		return explain(path, "opening it", err)
	}
	if id != applicationID {
		return fmt.Errorf("%s: %w: name a file that amble crawl wrote", path, ErrNotCrawlFile)
	}
	version, err := pragma("PRAGMA user_version")
	if err != nil {
		return explain(path, "opening it", err)
	}
	if version != schemaVersion {
		return fmt.Errorf("crawl file %s: %w: its schema is version %d, this amble knows %d; use the amble that wrote it",
			path, ErrVersion, version, schemaVersion)
	}
	return nil
}

func readers(path string) (*sql.DB, error) { return cachingReaders(path, 16<<10) }

// cachingReaders has a cache of so many KiB for each connection.
func cachingReaders(path string, cache int) (*sql.DB, error) {
	name, err := dsn(path, "ro", "busy_timeout(10000)", "query_only(1)", "trusted_schema(0)", fmt.Sprintf("cache_size(-%d)", cache))
	if err != nil {
		return nil, err
	}
	return sql.Open("sqlite", name)
}

// begin makes a file whose schema is known ready for commits and queries. Connections for these are made when there is the first.
func (f *File) begin() (err error) {
	f.w.fold.path, f.w.fold.sizes = f.path, usualSizes
	if err = f.w.open(); err == nil {
		f.db, err = readers(f.path)
	}
	return err
}

// Info is what Create was given.
func (f *File) Info() Info { return f.info }

// Path is the file's path, symbolic links resolved.
func (f *File) Path() string { return f.path }

// Close ends the use of the file; calling it again does nothing. After the last one who used it has closed it, the
// crawl is a single file: what SQLite kept beside it during the crawl is folded in, and any SQLite reads it, even
// from read-only media.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	f.closed = true
	err := f.db.Close()
	if f.w != nil {
		err = errors.Join(err, explain(f.path, "closing it", f.w.close()), f.lock.release())
	}
	return err
}

// abandon lets go of a file that could not be opened.
func (f *File) abandon() (err error) {
	if f.db != nil {
		err = f.db.Close()
	}
	if f.w != nil {
		err = errors.Join(err, f.w.drop())
	}
	return errors.Join(err, f.lock.release())
}

// isoTime is how times are written: ISO 8601 in UTC, to the millisecond, so that text order is order in time.
const isoTime = "2006-01-02T15:04:05.000Z"

// timeText is t for a column; nil for the zero time.
func timeText(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(isoTime)
}
