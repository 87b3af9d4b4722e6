package crawlfile

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
)

// magic begins every file of SQLite's format.
const magic = "SQLite format 3\x00"

// Is reports whether there is a crawl file of that name, by the first bytes of the file alone: for those who are about to write there.
func Is(path string) bool {
	// Opening what is no file may take its time (a pipe) or have consequences (a device).
	if st, err := os.Stat(path); err != nil || !st.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	var header [100]byte // of SQLite's format, with the application's number at 68
	if _, err = io.ReadFull(f, header[:]); err != nil || !bytes.HasPrefix(header[:], []byte(magic)) {
		return false
	}
	if binary.BigEndian.Uint32(header[68:]) == applicationID {
		return true
	}
	log, err := os.Stat(path + "-wal") // of a database that is being written: the number may still be in there
	return err == nil && log.Size() > 0
}
