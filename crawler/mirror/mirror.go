// Package mirror makes a copy of a site that can be browsed from a disk.
//
// One copy lives like this. Create makes its folder. As answers come, Encode turns each into a record, and Append adds records to one file, of which the
// caller keeps how long it is (Position), with its own account of what has been fetched: whoever goes on later calls Resume with that, and what was
// written behind it is gone. When everything is there, Build makes the files of the copy from the records. It can be stopped at any moment
// and called again, and what it makes depends on the records alone.
//
// A copy has a folder for each host, and files named by [Name]. Pages and style sheets are the same, byte for byte, but for what they
// refer to: that becomes the relative way to a file where the copy has it, redirects followed, and the whole URL where it has not. All text is
// UTF-8, with a byte order mark where the file does not say so itself. The index.html of the folder leads to where the crawl began.
//
// A copy can do no more than the site, as far as markup goes: references to files and to file servers are taken out. Its scripts, which are
// kept, run without the headers of the site (a Content-Security-Policy, for one) and without its origin.
package mirror

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// The names within a copy's folder that belong to no host.
const (
	entryFile  = "index.html"
	ownFolder  = ".amble" // what the copy is made from
	bodiesFile = ownFolder + "/bodies"
	tempFile   = ownFolder + "/file"
)

// ErrExists is the error of a folder for a new copy in which there is something already.
var ErrExists = errors.New("there is something in it already")

// Mirror is a copy that is being made. It is for one goroutine. After an error of Append it is of no more use: Close takes it back to where Keep was
// called last.
type Mirror struct {
	dir    string
	root   *os.Root // nothing outside is written to, whatever links there are in the folder
	bodies *bodies
}

// Check says what is wrong with a folder for a new copy: it must be empty, or not exist in a folder that does. What Create leaves is no more than empty.
func Check(dir string) error {
	list, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if at, err := os.Stat(filepath.Dir(filepath.Clean(dir))); err != nil || !at.IsDir() {
			return fmt.Errorf("the copy %s: make the folder %s first", dir, filepath.Dir(filepath.Clean(dir)))
		}
		return nil
	case err != nil:
		return ofCopy(dir, err)
	}
	for _, e := range list {
		st, err := os.Lstat(filepath.Join(dir, bodiesFile))
		if e.Name() != ownFolder || err != nil || st.Size() > 0 {
			return fmt.Errorf("the copy %s: %w: choose another folder or empty it", dir, ErrExists)
		}
	}
	return nil
}

// Create begins a copy in a folder, which must be empty, or is made.
func Create(dir string) (*Mirror, error) {
	if err := Check(dir); err != nil {
		return nil, err
	}
	return Resume(dir, 0)
}

// Resume goes on with a copy as it was at a Position.
func Resume(dir string, position int64) (_ *Mirror, err error) {
	m := &Mirror{dir: dir}
	defer func() {
		if err != nil {
			err = ofCopy(dir, err)
		}
	}()
	if position == 0 {
		if err := os.Mkdir(dir, 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	if m.root, err = os.OpenRoot(dir); err != nil {
		return nil, err
	}
	if err = m.root.Mkdir(ownFolder, 0o777); err == nil || errors.Is(err, fs.ErrExist) {
		m.bodies, err = openBodies(m.root, position)
	}
	if err != nil {
		return nil, errors.Join(err, m.root.Close())
	}
	return m, nil
}

// Append adds records, which Encode made, and blocks until the disk has them.
func (m *Mirror) Append(records [][]byte) error {
	if err := m.bodies.append(records); err != nil {
		return fmt.Errorf("the copy %s: %w", m.dir, err)
	}
	return nil
}

// Position is how many bytes of records there are.
func (m *Mirror) Position() int64 { return m.bodies.at }

// Keep says that everything up to Position is on record.
func (m *Mirror) Keep() { m.bodies.kept = m.bodies.at }

// Close ends the copy where Keep was called last.
func (m *Mirror) Close() error {
	if err := errors.Join(m.bodies.close(), m.root.Close()); err != nil {
		return fmt.Errorf("the copy %s: %w", m.dir, err)
	}
	return nil
}
