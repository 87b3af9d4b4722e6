// Package logs keeps the log of a crawl that runs for a night: in a file that is rotated before it grows too large, and
// without the same thing said ten thousand times.
//
// A message goes from the crawler's logger through a Calm, which lets the first few like it through and counts the others, to
// one of slog's handlers, and from there as one line to a File. Neither ever stops the crawl: what cannot be written is lost,
// and that is said once.
package logs

import (
	"errors"
	"io/fs"
	"os"
	"strconv"
	"sync"
)

// File is a log file that is rotated by size: FILE becomes FILE.1, FILE.1 becomes FILE.2, and so on. It is safe for concurrent
// use, and has no goroutine. One process at a time may write to a file.
type File struct {
	name   string
	max    int64
	keep   int
	failed func(error)

	mu      sync.Mutex
	f       *os.File // nil if it could not be opened again
	size    int64
	regular bool // and so can be rotated
	torn    bool // the last line is not whole
	said    bool // that it cannot be written
	closed  bool
}

// Open opens a log file to append to, and creates it if need be. A write that would make it larger than max bytes rotates it first;
// 0 never does. As many as keep old files are kept beside it; 0 keeps none. failed is told of the first failure to write or
// rotate; it must not write to the file.
func Open(name string, max int64, keep int, failed func(error)) (*File, error) {
	f := &File{name: name, max: max, keep: keep, failed: failed}
	if err := f.open(); err != nil {
		return nil, err
	}
	return f, nil
}

// open opens the file. The caller holds mu, or is the only one to know f.
func (f *File) open() error {
	file, err := os.OpenFile(f.name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return err
	}
	f.f, f.size, f.regular = file, info.Size(), info.Mode().IsRegular()
	return nil
}

// Write appends lines. It always reports success: a log that cannot be written is no reason to end what it is about. Each write
// tries anew, so that the log goes on when there is room again.
func (f *File) Write(p []byte) (int, error) {
	if err := f.write(p); err != nil {
		f.failed(err)
	}
	return len(p), nil
}

// write returns an error once.
func (f *File) write(p []byte) (err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	defer func() {
		if err != nil && f.said {
			err = nil
		}
		f.said = f.said || err != nil
	}()
	if f.f == nil {
		if err := f.open(); err != nil {
			return err
		}
	}
	var rotated error
	if f.max > 0 && f.regular && f.size > 0 && f.size+int64(len(p)) > f.max {
		if rotated = f.rotate(); f.f == nil {
			return rotated
		}
	}
	if f.torn {
		p = append([]byte{'\n'}, p...)
	}
	n, err := f.f.Write(p)
	f.size += int64(n)
	f.torn = err != nil && (n > 0 || f.torn)
	return errors.Join(rotated, err)
}

// rotate moves the old files on by one and begins a new one. If it cannot, the file at hand is kept and grows on; it is tried
// again after max more bytes.
func (f *File) rotate() error {
	f.size = 0
	err := f.shift()
	if err != nil {
		return err
	}
	f.f.Close()
	f.f, f.torn = nil, false
	return f.open()
}

// shift makes way for a new file.
func (f *File) shift() error {
	if f.keep == 0 {
		return os.Remove(f.name)
	}
	old := func(n int) string { return f.name + "." + strconv.Itoa(n) }
	for n := f.keep; os.Remove(old(n)) == nil; n++ { // more than one where fewer are kept than before
	}
	for n := f.keep - 1; n > 0; n-- {
		if err := os.Rename(old(n), old(n+1)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Rename(f.name, old(1))
}

// Reopen opens the file by its name again, for those who have moved it away. Where that fails the old one is kept, and the error
// returned.
func (f *File) Reopen() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil
	}
	old := f.f
	if err := f.open(); err != nil {
		return err
	}
	f.torn, f.said = false, false
	if old != nil {
		old.Close()
	}
	return nil
}

// Close closes the file. Later writes are lost.
func (f *File) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.f == nil {
		return nil
	}
	err := f.f.Close()
	f.f = nil
	return err
}
