//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// patience is how long a run of the command may take before the test takes it for hung. Machines that run tests are slow.
const patience = 2 * time.Minute

// child is one run of the command.
type child struct {
	t      testing.TB
	cmd    *exec.Cmd
	stderr bytes.Buffer // to be read when it has ended
	ended  chan struct{}
	err    error // of Wait
}

// start starts the command. It does not outlive the test.
func start(t testing.TB, command string, args ...string) *child {
	t.Helper()
	c := &child{t: t, cmd: exec.Command(command, args...), ended: make(chan struct{})}
	for _, kv := range os.Environ() {
		if name, _, _ := strings.Cut(kv, "="); !strings.HasSuffix(strings.ToUpper(name), "_PROXY") {
			c.cmd.Env = append(c.cmd.Env, kv)
		}
	}
	c.cmd.Stderr = &c.stderr
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(c.ended)
		c.err = c.cmd.Wait()
	}()
	t.Cleanup(c.kill)
	return c
}

// kill is kill -9: it returns when the process is no more.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	<-c.ended
}

// over reports whether the process has ended by itself.
func (c *child) over() bool {
	select {
	case <-c.ended:
		return true
	default:
		return false
	}
}

// wait waits for the end of the run and returns its exit code.
func (c *child) wait() int {
	c.t.Helper()
	return c.waitFor(patience)
}

func (c *child) waitFor(patience time.Duration) int {
	c.t.Helper()
	select {
	case <-c.ended:
	case <-time.After(patience):
		_ = c.cmd.Process.Signal(syscall.SIGQUIT) // its goroutines tell where it hangs
		<-c.ended
		c.t.Fatalf("amble %s: has not ended after %v:\n%.4000s", strings.Join(c.cmd.Args[1:], " "), patience, c.stderr.String())
	}
	if exit := (*exec.ExitError)(nil); c.err != nil && !errors.As(c.err, &exit) {
		c.t.Fatal(c.err)
	}
	return c.cmd.ProcessState.ExitCode()
}
