package crawlfile

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
)

// conn is the one connection that writes, taken from the driver directly: through database/sql a page cost some 20 µs and
// 90 allocations more, most of it for the small rows of pending. Not for use by more than one goroutine at a time.
type conn struct {
	c driver.Conn
}

// stmt is a prepared statement with room for its arguments.
type stmt struct {
	c     *conn
	query string
	s     driver.Stmt // nil before the first use of a later one

	args []driver.NamedValue
	row  []driver.Value
}

// dsn names the file for the driver. The mode is rw or ro: neither makes a file.
func dsn(path, mode string, pragmas ...string) (string, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	p := filepath.ToSlash(abs)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // a drive letter
	}
	return (&url.URL{Scheme: "file", Path: p, RawQuery: url.Values{"mode": {mode}, "_pragma": pragmas}.Encode()}).String(), nil
}

func openConn(path string) (*conn, error) { return openDriver(path, "rw") }

func openDriver(path, mode string, pragmas ...string) (*conn, error) {
	name, err := dsn(path, mode, append([]string{"busy_timeout(10000)", "trusted_schema(0)"}, pragmas...)...)
	if err != nil {
		return nil, err
	}
	c, err := new(sqlite.Driver).Open(name)
	if err != nil {
		return nil, err
	}
	return &conn{c}, nil
}

func (c *conn) close() error { return c.c.Close() }

func (c *conn) prepare(query string) (*stmt, error) {
	s := c.later(query)
	return s, s.ready()
}

// later is a statement that is prepared when it is first used: most crawls do not need all.
func (c *conn) later(query string) *stmt { return &stmt{c: c, query: query} }

// exec runs a statement once. A pragma's answer is not looked at.
func (c *conn) exec(query string, args ...driver.Value) error {
	s := c.later(query)
	_, err := s.exec(args...)
	return errors.Join(err, s.close())
}

// get runs a query once for its first row; empty if there is none.
func (c *conn) get(query string) ([]driver.Value, error) {
	s := c.later(query)
	row, ok, err := s.first()
	if !ok {
		row = nil
	}
	return row, errors.Join(err, s.close())
}

func (s *stmt) close() error {
	if s.s == nil {
		return nil
	}
	return s.s.Close()
}

// ready prepares the statement if it is not.
func (s *stmt) ready() error {
	if s.s != nil {
		return nil
	}
	p, err := s.c.c.Prepare(s.query)
	if err != nil {
		return fmt.Errorf("%q: %w", s.query, err)
	}
	s.s = p
	return nil
}

func (s *stmt) bind(args []driver.Value) []driver.NamedValue {
	for len(s.args) < len(args) {
		s.args = append(s.args, driver.NamedValue{Ordinal: len(s.args) + 1})
	}
	for i, v := range args {
		s.args[i].Value = v
	}
	return s.args[:len(args)]
}

// exec runs the statement and returns the number of rows that it changed. It cannot be cancelled: what has begun is
// finished or rolled back.
func (s *stmt) exec(args ...driver.Value) (int64, error) {
	if err := s.ready(); err != nil {
		return 0, err
	}
	r, err := s.s.(driver.StmtExecContext).ExecContext(context.Background(), s.bind(args))
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// first runs the statement for its first row, which is valid until the next call; ok is false if there is none.
func (s *stmt) first(args ...driver.Value) (row []driver.Value, ok bool, err error) {
	if err := s.ready(); err != nil {
		return nil, false, err
	}
	rows, err := s.s.(driver.StmtQueryContext).QueryContext(context.Background(), s.bind(args))
	if err != nil {
		return nil, false, err
	}
	if s.row == nil {
		s.row = make([]driver.Value, len(rows.Columns()))
	}
	switch err = rows.Next(s.row); {
	case err == nil:
		ok = true
	case errors.Is(err, io.EOF):
		err = nil
	}
	return s.row, ok, errors.Join(err, rows.Close())
}
