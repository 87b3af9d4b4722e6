package warc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Options say how an Archive is written.
type Options struct {
	// MaxSize is the size of a file, in bytes, beyond which the next one is begun; 0 sets no limit. What is appended together stays
	// together, if that makes a file larger.
	MaxSize int64
	// Info are the fields of the warcinfo record that each file begins with (section 6.2), besides format and conformsTo.
	Info []Field
}

// Mark is a place in an archive: so many bytes of its file of that number, from 1. Files before it are whole, and what lies
// behind it is not part of the archive.
type Mark struct {
	File int   `json:"file"`
	Size int64 `json:"size"`
}

// Archive is a series of WARC files that is being written. It is for one goroutine. After an error of Append or Sync it is of no more use: Close takes
// it back to where Keep was called last.
type Archive struct {
	name  string
	opts  Options
	file  *os.File // nil if it could not be made
	at    Mark     // as far as was written
	kept  Mark     // by the last call of Keep
	empty int64    // what the file had when it had nothing but its warcinfo; 0 if that is not known
}

// ErrExists is the error of an archive whose file is there already, ErrCut that of one which ends before its Mark.
var (
	ErrExists = errors.New("there is a file of that name")
	ErrCut    = errors.New("the file ends before what is on record of it")
)

// suffixes are those that a file's name may have, the longer one first.
var suffixes = []string{".warc.gz", ".warc"}

// CheckName says what is wrong with the name of an archive.
func CheckName(name string) error {
	if base := filepath.Base(name); suffixOf(name) == "" || base == suffixOf(name) {
		return fmt.Errorf("the archive %s: the name must end in .warc.gz, or in .warc for one that is not compressed", name)
	}
	return nil
}

func suffixOf(name string) string {
	for _, s := range suffixes {
		if strings.HasSuffix(name, s) {
			return s
		}
	}
	return ""
}

// Compressed reports whether the records of an archive of that name are compressed.
func Compressed(name string) bool { return suffixOf(name) == ".warc.gz" }

// FileName is the name of a file of the archive: that of the first is the archive's, later ones are numbered, as in example-00002.warc.gz.
func FileName(name string, file int) string {
	if file <= 1 {
		return name
	}
	s := suffixOf(name)
	return fmt.Sprintf("%s-%05d%s", strings.TrimSuffix(name, s), file, s)
}

// Create makes an archive, which must not exist. Its first file has that name.
func Create(name string, opts Options) (*Archive, error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	if _, err := os.Lstat(name); err == nil {
		return nil, fmt.Errorf("the archive %s: %w: choose another name or remove it", name, ErrExists)
	}
	return Resume(name, Mark{File: 1}, opts)
}

// Resume opens an archive as it was at mark: what was appended later is cut off.
func Resume(name string, mark Mark, opts Options) (_ *Archive, err error) {
	if err := CheckName(name); err != nil {
		return nil, err
	}
	a := &Archive{name: name, opts: opts, at: mark, kept: mark}
	path := FileName(name, mark.File)
	if mark.Size == 0 {
		if err := a.begin(mark.File); err != nil {
			return nil, err
		}
		return a, nil
	}
	if a.file, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
		return nil, fmt.Errorf("the archive %s: %w", path, cause(err))
	}
	st, err := a.file.Stat()
	if err == nil && st.Size() < mark.Size {
		err = fmt.Errorf("%w: it has %d bytes, and had %d", ErrCut, st.Size(), mark.Size)
	}
	if err == nil {
		err = a.file.Truncate(mark.Size)
	}
	if err == nil {
		_, err = a.file.Seek(mark.Size, 0)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the archive %s: %w", path, cause(err)), a.file.Close())
	}
	return a, nil
}

// begin makes a file of that number and writes its warcinfo record. One of that name is what a run left that was killed. What is not
// kept yet begins with it, and a file that could not be begun is taken away again.
func (a *Archive) begin(number int) (err error) {
	path := FileName(a.name, number)
	a.at, a.kept = Mark{File: number}, Mark{File: number}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		a.file = nil
		return fmt.Errorf("the archive %s: %w", path, cause(err))
	}
	a.file = file
	var b strings.Builder
	for _, f := range slices.Concat(a.opts.Info, []Field{{"format", "WARC File Format 1.1"}, {"conformsTo", "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"}}) {
		if f.Value != "" {
			fmt.Fprintf(&b, "%s: %s\r\n", f.Name, oneLine(f.Value))
		}
	}
	err = a.write((&Record{
		Type: Info, ID: NewID(), Date: time.Now(), Block: [][]byte{[]byte(b.String())},
		Fields: []Field{{"WARC-Filename", filepath.Base(path)}, {"Content-Type", "application/warc-fields"}},
	}).Encode(Compressed(a.name)))
	if err == nil {
		err = syncFolder(path)
	}
	if err != nil {
		a.file.Close()
		os.Remove(path)
		a.file = nil
	}
	a.empty = a.at.Size
	return err
}

// syncFolder has the name of a new file survive a power cut, as Sync does with what is in it.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" { // where folders cannot be synced, and need not be
		return nil
	}
	folder, err := os.Open(filepath.Dir(path))
	if err == nil {
		err = errors.Join(folder.Sync(), folder.Close())
	}
	if err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) { // file systems that have no such thing
		return fmt.Errorf("the archive %s: %w", path, cause(err))
	}
	return nil
}

func (a *Archive) write(b []byte) error {
	n, err := a.file.Write(b)
	a.at.Size += int64(n)
	if err != nil {
		return fmt.Errorf("the archive %s: %w", FileName(a.name, a.at.File), cause(err))
	}
	return nil
}

// Full reports whether so many bytes more are too many for the file: then Next is to be called before they are appended. A file that has
// nothing but its warcinfo is never full: in the next one there would be no more room.
func (a *Archive) Full(more int64) bool {
	return a.opts.MaxSize > 0 && a.at.Size > a.empty && a.at.Size+more > a.opts.MaxSize
}

// Next ends the file and begins the next one. Where it is to survive a death, announce is called between the two with the Mark of
// the new file, and must keep it: a file of that name that is there already is an error, until then.
func (a *Archive) Next(announce func(Mark) error) error {
	next := Mark{File: a.at.File + 1}
	path := FileName(a.name, next.File)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the archive %s: %w: move it away", path, ErrExists)
	}
	if err := a.Sync(); err != nil {
		return err
	}
	if err := announce(next); err != nil {
		return err
	}
	a.Keep()
	if err := a.file.Close(); err != nil {
		return fmt.Errorf("the archive %s: %w", FileName(a.name, a.at.File), cause(err))
	}
	return a.begin(next.File)
}

// Append writes records, which Encode made.
func (a *Archive) Append(records [][]byte) error {
	for _, r := range records {
		if err := a.write(r); err != nil {
			return err
		}
	}
	return nil
}

// Sync has what was appended survive a power cut. It blocks until the disk has it.
func (a *Archive) Sync() error {
	if err := a.file.Sync(); err != nil {
		return fmt.Errorf("the archive %s: %w", FileName(a.name, a.at.File), cause(err))
	}
	return nil
}

// Position is where the next record goes.
func (a *Archive) Position() Mark { return a.at }

// Keep says that everything up to here is on record: Close does not take it back.
func (a *Archive) Keep() { a.kept = a.at }

// Close ends the archive where Keep was called last, and takes off what was appended later: a whole file, if it was begun later.
func (a *Archive) Close() error {
	if a.file == nil {
		return nil
	}
	var err error
	if a.at != a.kept {
		err = a.file.Truncate(a.kept.Size)
	}
	err = errors.Join(err, a.file.Close())
	if a.kept.Size == 0 {
		err = errors.Join(err, os.Remove(a.file.Name()))
	}
	a.file = nil
	if err != nil && !errors.Is(err, os.ErrClosed) {
		return fmt.Errorf("the archive %s: %w", FileName(a.name, a.at.File), cause(err))
	}
	return nil
}

// cause is an error without the operation and the name of the file, which the text has already.
func cause(err error) error {
	if e := (*os.PathError)(nil); errors.As(err, &e) {
		return e.Err
	}
	return err
}
