package export

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// timeForm is RFC 3339 in UTC with milliseconds always, as in JSON Lines and in the crawl file.
const timeForm = "2006-01-02T15:04:05.000Z"

// plain is a column's value as text; "" if it is missing.
func plain(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	case time.Time:
		return v.UTC().Format(timeForm)
	}
	panic(fmt.Sprintf("export: a column has a %T", v)) // the columns' own mistake: a test has every column of a full page written
}

// appendValue appends a column's value as JSON. HTML characters are not escaped.
func appendValue(b []byte, v any) ([]byte, error) {
	if t, ok := v.(time.Time); ok {
		v = plain(t)
	}
	buf := bytes.NewBuffer(b)
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n")), err
}
