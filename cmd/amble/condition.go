package main

import (
	"errors"
	"os"
	"strings"

	"amble/crawler/export"
)

// mistaken is the error for options of an export that are wrong, with the flag that a user would look for.
func mistaken(err error) error {
	var where *export.WhereError
	var column *export.ColumnError
	switch {
	case errors.As(err, &where):
		if meant := where.Quoted(); meant != "" {
			return usage("--where: %w: write --where %s", where, quote(meant))
		}
		if strings.IndexFunc(where.Where, func(r rune) bool { return !letter(r) }) < 0 { // the shell took > or < for its own
			return usage("--where: %w; put the condition in single quotes, as in --where 'status >= 400'", where)
		}
		return usage("--where: %w", where)
	case errors.As(err, &column):
		return usage("--columns: %w", column)
	}
	return usage("%w", err)
}

func letter(r rune) bool { return r|0x20 >= 'a' && r|0x20 <= 'z' || r == '_' }

// unquoted is the error for a condition that the shell gave in pieces. All but one of args are pieces, behind the first, which is where.
func unquoted(where string, args []string) error {
	pieces := args[1:]
	if last := len(args) - 1; !there(args[0]) && there(args[last]) {
		pieces = args[:last]
	}
	meant := where + " " + strings.Join(pieces, " ")
	var wrong *export.WhereError
	switch _, err := export.ParseWhere(meant); {
	case errors.As(err, &wrong):
		meant = wrong.Quoted()
	case err != nil:
		meant = ""
	}
	if meant == "" {
		return usage("--where takes one argument, and here are several: put the condition in single quotes, as in --where 'status >= 400'")
	}
	return usage("--where takes one argument, and here are several: write --where %s", quote(meant))
}

func there(name string) bool {
	_, err := os.Stat(name)
	return err == nil
}
