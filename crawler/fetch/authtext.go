package fetch

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// maxSecretsFile bounds a file of credentials or cookies: a wrong file name must not fill the memory.
	maxSecretsFile = 16 << 20
	maxSecretsLine = 64 << 10
)

// ParseAuth reads credentials as they stand on a command line, in a variable or on a line of a file:
//
//	basic USER:PASSWORD
//	bearer TOKEN
//	https://example.com basic USER:PASSWORD
//
// Blanks separate the parts; a password may hold blanks, at its end too. What has no origin in front is for wherever
// Request.Credentials is true. Errors say what is wrong, and quote nothing of s.
func ParseAuth(s string) (Auth, error) {
	var a Auth
	word, rest := nextWord(s)
	if strings.Contains(word, "://") {
		origin, err := canonicalOrigin(word)
		if err != nil {
			return Auth{}, err
		}
		a.Origin = origin
		word, rest = nextWord(rest)
	}
	switch a.Scheme = AuthScheme(strings.ToLower(word)); a.Scheme {
	case AuthBasic:
		var ok bool
		if a.User, a.Password, ok = strings.Cut(rest, ":"); !ok {
			return Auth{}, errAuthForm
		}
	case AuthBearer:
		a.Token = strings.Trim(rest, blanks)
	default:
		return Auth{}, errAuthForm
	}
	if err := a.check(); err != nil {
		return Auth{}, err
	}
	return a, nil
}

const blanks = " \t"

// nextWord cuts the first word off s, with the blanks before and behind it.
func nextWord(s string) (word, rest string) {
	s = strings.TrimLeft(s, blanks)
	end := strings.IndexAny(s, blanks)
	if end < 0 {
		return s, ""
	}
	return s[:end], strings.TrimLeft(s[end:], blanks)
}

// ReadAuth reads credentials from a file, so that they need not stand on a command line: one per line, as ParseAuth reads
// them. Empty lines and those that begin with # are passed over. An error names the line and quotes nothing of it.
func ReadAuth(r io.Reader) ([]Auth, error) {
	var auths []Auth
	err := secretLines(r, func(line string) error {
		if line = strings.TrimLeft(line, blanks); line == "" || line[0] == '#' {
			return nil
		}
		a, err := ParseAuth(line)
		auths = append(auths, a)
		return err
	})
	if err != nil {
		return nil, err
	}
	return auths, nil
}

// secretLines calls read for each line of r, whichever way it ends, until one fails.
func secretLines(r io.Reader, read func(line string) error) error {
	limited := &io.LimitedReader{R: r, N: maxSecretsFile + 1}
	lines := bufio.NewScanner(limited)
	lines.Buffer(nil, maxSecretsLine)
	n := 0
	for lines.Scan() {
		n++
		line := lines.Text()
		if n == 1 {
			line = strings.TrimPrefix(line, "\ufeff")
		}
		if limited.N == 0 {
			return fmt.Errorf("line %d: the file is longer than %d MiB", n, maxSecretsFile>>20)
		}
		if err := read(line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return fmt.Errorf("line %d: longer than %d KiB", n+1, maxSecretsLine>>10)
	}
	return lines.Err()
}
