package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// builds are the commands under test, each built once; TestMain takes them away.
var builds = struct {
	sync.Mutex
	dir  string
	made map[bool]string
}{made: make(map[bool]string)}

// built is the path of the built command.
func built(t testing.TB, race bool) string {
	t.Helper()
	builds.Lock()
	defer builds.Unlock()
	if builds.made[race] != "" {
		return builds.made[race]
	}
	if builds.dir == "" {
		dir, err := os.MkdirTemp("", "amble-torture-build")
		if err != nil {
			t.Fatal(err)
		}
		builds.dir = dir
	}
	args, name := []string{"build"}, "amble"
	if race {
		args, name = append(args, "-race"), "amble-race"
	}
	name = filepath.Join(builds.dir, name)
	if out, err := exec.Command("go", append(args, "-o", name, ".")...).CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	builds.made[race] = name
	return name
}

// removeBuilds is called when all tests have been run.
func removeBuilds() { os.RemoveAll(builds.dir) }
