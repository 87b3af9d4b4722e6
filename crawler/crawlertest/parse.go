package crawlertest

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/tools/txtar"
)

// SyntaxError tells what is wrong in a site file, and where.
type SyntaxError struct {
	File string // the file's name
	Line int    // the line, from 1
	Err  error  // what is wrong there
}

// Error gives file, line and cause on one line.
func (e *SyntaxError) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }

// Unwrap returns the cause.
func (e *SyntaxError) Unwrap() error { return e.Err }

// ParseSite reads a site from a txtar archive (see the package comment for its form). The name becomes the site's,
// with or without ".txtar". An error is a *SyntaxError.
func ParseSite(name string, archive []byte) (*Site, error) {
	name = strings.TrimSuffix(name, ".txtar")
	fail := func(line int, err error) (*Site, error) {
		return nil, &SyntaxError{File: name + ".txtar", Line: line, Err: err}
	}
	a := txtar.Parse(archive)
	s := &Site{Name: name, hosts: make(map[string]*host)}
	seeds := make(map[string]int) // to the line
	line := 0
	for text := range strings.Lines(string(a.Comment)) {
		line++
		if err := s.comment(line, strings.TrimSpace(text)); err != nil {
			return fail(line, err)
		}
		if n := len(s.Seeds); n > len(seeds) {
			seeds[s.Seeds[n-1]] = line
		}
	}
	if s.Proves == "" {
		return fail(1, fmt.Errorf("the first line must say what the site proves"))
	}
	if len(s.Seeds) == 0 {
		return fail(1, fmt.Errorf("no seed: add a line such as \"seed: http://tree.test/\" before the first file"))
	}
	for _, tf := range a.Files {
		line++
		f, bad, err := parseFile(tf.Name, string(tf.Data))
		if err == nil {
			err = s.add(f)
		}
		if err == nil {
			err = f.build()
		}
		if err != nil {
			return fail(line+bad, err)
		}
		line += bytes.Count(tf.Data, []byte("\n"))
	}
	for _, seed := range s.Seeds {
		u, _ := url.Parse(seed) // parsed before, in comment
		if s.host(u.Host) == nil {
			return fail(seeds[seed], fmt.Errorf("the seed %s is on a host without files", seed))
		}
	}
	return s, nil
}

// comment reads one line of the archive's comment.
func (s *Site) comment(line int, text string) error {
	key, value, _ := strings.Cut(text, ":")
	value = strings.TrimSpace(value)
	switch {
	case key == "seed" && line > 1:
		u, err := url.Parse(value)
		if err != nil {
			return err
		}
		if u.Scheme != "http" || checkHost(u.Host) != nil || slices.Contains(s.Seeds, value) {
			return fmt.Errorf("seed %q: want each once, as http://HOST.test/PATH without port", value)
		}
		s.Seeds = append(s.Seeds, value)
	case key == "args" && line > 1:
		s.Args = append(s.Args, words(value)...)
	case key == "seed" || key == "args":
		return fmt.Errorf("the first line must say what the site proves")
	case line == 1:
		s.Proves = text
	case text == "" || strings.HasPrefix(text, "#"):
	default:
		return fmt.Errorf("%q is neither seed:, args: nor a # remark", text)
	}
	return nil
}

// parseFile reads one file of an archive. On an error, bad is its line in the file; 0 is the line of the name.
func parseFile(name, data string) (f *file, bad int, err error) {
	f = &file{header: make(map[string]string), status: 200, cut: -1}
	host, path, ok := strings.Cut(name, "/")
	if !ok {
		return nil, 0, fmt.Errorf("file %q: want HOST/PATH, as in tree.test/index.html", name)
	}
	if err := checkHost(strings.TrimPrefix(host, "*.")); err != nil {
		return nil, 0, fmt.Errorf("file %q: %w", name, err)
	}
	if strings.ContainsAny(path, "#\\ ") {
		return nil, 0, fmt.Errorf("file %q: no fragment, backslash or space in a path", name)
	}
	f.host, f.path = host, "/"+path
	seen := make(map[string]bool)
	for isDirective(data) {
		bad++
		text, rest, _ := strings.Cut(data, "\n")
		data = rest
		key, args, _ := strings.Cut(strings.TrimSpace(text[1:]), " ")
		read := directives[key]
		if read == nil {
			return nil, bad, fmt.Errorf("unknown directive !%s; there are %s", key, directiveNames())
		}
		if seen[key] && key != "header" && key != "setcookie" {
			return nil, bad, fmt.Errorf("!%s is here twice", key)
		}
		seen[key] = true
		if err := read(f, strings.TrimSpace(args)); err != nil {
			return nil, bad, fmt.Errorf("!%s: %w", key, err)
		}
	}
	f.text = data
	return f, 0, nil
}

func isDirective(data string) bool {
	return len(data) > 1 && data[0] == '!' && 'a' <= data[1] && data[1] <= 'z'
}

// checkHost tells whether a name may be a host of a site. Only .test names are: they can never be registered
// (RFC 6761, section 6.2), so that a crawl gone astray asks nobody.
func checkHost(name string) error {
	if !strings.HasSuffix(name, ".test") || strings.HasPrefix(name, ".") || strings.Contains(name, "..") {
		return fmt.Errorf("host %q does not end in .test", name)
	}
	for _, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return fmt.Errorf("host %q: only small letters, digits, hyphens and dots, and no port", name)
		}
	}
	return nil
}

// words are what stands between blanks; quotes keep blanks within a word.
func words(s string) (all []string) {
	for i, part := range strings.Split(s, `"`) {
		if i%2 == 1 {
			all = append(all, part)
		} else {
			all = append(all, strings.Fields(part)...)
		}
	}
	return all
}
