package extract

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode"

	"amble/frontier/canon"
)

// readLines reads a sitemap that is a text file. Only a line that is an absolute URL, and nothing else, counts: every word
// would be a relative one.
func readLines(r *bufio.Reader, l *listing) error {
	l.Form = PlainText
	var line []byte
	for !l.full {
		c, err := r.ReadByte()
		if err == nil && c != '\n' && c != '\r' {
			if len(line) <= MaxURL { // one more byte shows that it is too long
				line = append(line, c)
			}
			continue
		}
		if err == nil || errors.Is(err, io.EOF) { // else the end of the line is missing
			l.addLine(line)
		}
		line = line[:0]
		if err != nil {
			if !errors.Is(err, io.EOF) {
				l.brokenOff(err, "")
			}
			break
		}
	}
	if len(l.Pages) == 0 {
		if l.Cut != "" {
			return fmt.Errorf("%w: neither XML nor a text with a URL on a line; %s", ErrNotSitemap, l.Cut)
		}
		return fmt.Errorf("%w: neither XML nor a text with a URL on a line", ErrNotSitemap)
	}
	return nil
}

func (l *listing) addLine(line []byte) {
	line = trimmedURL(line)
	switch {
	case len(line) == 0:
	case isWeb(line) && bytes.IndexFunc(line, unicode.IsSpace) < 0:
		l.add(line, canon.URL{}, false)
	default:
		l.Dropped++
	}
}
