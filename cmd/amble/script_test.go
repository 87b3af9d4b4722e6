package main

import (
	"context"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// guises are what the test's own binary can be, by the name that it is called by.
var guises = map[string]func(){
	"amble": func() { os.Exit(run(context.Background(), os.Args[1:], os.Stdout, os.Stderr)) },
}

func TestMain(m *testing.M) { testscript.Main(tidily{m}, guises) }

// tidily runs the tests and takes away what several of them share.
type tidily struct{ m *testing.M }

func (t tidily) Run() int {
	defer removeBuilds()
	return t.m.Run()
}

// TestScripts runs the command as a user would; each script in testdata/script says in its first line what it holds.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{Dir: "testdata/script"})
}
