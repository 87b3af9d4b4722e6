package crawlfile

import (
	"database/sql/driver"
	"fmt"
	"regexp"
	"sync"

	"modernc.org/sqlite"
)

// SQLite knows the operator REGEXP and leaves the function behind it to the program. Here it is Go's regexp, which takes time
// in proportion to the text, whatever the pattern.
func init() {
	sqlite.MustRegisterDeterministicScalarFunction("regexp", 2, func(_ *sqlite.FunctionContext, args []driver.Value) (driver.Value, error) {
		pattern, ok := args[0].(string)
		if !ok {
			return nil, fmt.Errorf("regexp: %T where a pattern is due", args[0])
		}
		re, err := compiled(pattern)
		if err != nil {
			return nil, err
		}
		s, ok := args[1].(string) // NULL matches nothing
		return ok && re.MatchString(s), nil
	})
}

var patterns struct {
	mu    sync.Mutex
	known map[string]*regexp.Regexp
}

// compiled is the pattern ready for use. It is asked for each row, and remembers the last few.
func compiled(pattern string) (*regexp.Regexp, error) {
	patterns.mu.Lock()
	defer patterns.mu.Unlock()
	re := patterns.known[pattern]
	if re == nil {
		var err error
		if re, err = regexp.Compile(pattern); err != nil {
			return nil, err
		}
		if len(patterns.known) >= 64 || patterns.known == nil {
			patterns.known = make(map[string]*regexp.Regexp)
		}
		patterns.known[pattern] = re
	}
	return re, nil
}
